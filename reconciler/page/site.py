"""A view as files: paths and bytes, rendered when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from reconciler.model.ids import OrderKey
from reconciler.model.time import duration_text, instant_text
from reconciler.page.chart import MOST_MARKERS, map_of, timeline_of
from reconciler.page.view import Entry, OrderView, View
from reconciler.render.phrases import message, remedy

MOST_ROWS = 500
MOST_WAITING = 12
MOST_ENTRIES = 300
GENERATOR = "tasking-reconciler page"
"""What each page names as its maker, so that a folder of an earlier report is known for one."""
CSP = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
"""Nothing from elsewhere, nothing inline. A server sends it as a header too."""
_ASSETS = ("style.css", "script.js")
_TYPES = {"html": "text/html", "fragment": "text/html", "css": "text/css", "js": "text/javascript"}
_IN_BRACES = r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
_EXACT = re.compile(
    r"\breconciler [a-z]+ [^;,()]*[^;,() ]"
    rf"|(?<=:  )[a-zA-Z]+: (?:{_IN_BRACES}|\[[^][]*\]|\d+)"
    r"|[^\s;,()]+\.ya?ml(?::\d+)*"
    r"|`[^`]+`"
    r"|\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.0+)?Z"
)
"""Commands, lines to commit, places in manifests, names of fields; and instants."""
_JOINT = re.compile("[_/]+")
# What would steer a reader's screen, or cannot be written as UTF-8.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def content_type(path: str) -> str:
    """Return the media type of one of the site's paths."""
    return f"{_TYPES[path.rpartition('.')[2]]}; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Mapping[str, bytes]):
    """Every path of the page: `index.html`, `orders/NAME.html`, `style.css`, `script.js`.

    With `every` (seconds) the pages ask for news: `fragment` and `orders/NAME.fragment` are what changes of them. There
    is a page for every order, but only those that the table shows are listed among the paths.
    """

    view: View
    history: Callable[[OrderKey], tuple[Entry, ...]]
    every: float | None = None

    def __getitem__(self, path: str) -> bytes:
        """Render one path; KeyError where there is no such path."""
        if path in _ASSETS:
            return (files("reconciler.page") / "static" / path).read_bytes()
        if path == "index.html" or (path == "fragment" and self.every is not None):
            return self._index(path)
        folder, _, name = path.rpartition("/")
        page, _, ending = name.rpartition(".")
        order = next((order for order in self.view.orders if order.page == page), None)
        known = ending == "html" or (ending == "fragment" and self.every is not None)
        if folder != "orders" or order is None or not known:
            raise KeyError(path)
        return self._order(order, ending)

    def __iter__(self) -> Iterator[str]:
        """Name every path that a report needs."""
        yield "index.html"
        yield from _ASSETS
        yield from (f"orders/{order.page}.html" for order in self.view.orders[:MOST_ROWS])

    def __len__(self) -> int:
        """Count the paths."""
        return 1 + len(_ASSETS) + min(len(self.view.orders), MOST_ROWS)

    def _index(self, path: str) -> bytes:
        view = self.view
        return self._rendered(
            "index.html" if path == "index.html" else "overview.html",
            root="",
            news="fragment",
            shown=view.orders[:MOST_ROWS],
            waiting=view.waiting[:MOST_WAITING],
            pages={order.key: order.page for order in view.orders},
            map=map_of(view.orders),
            timeline=timeline_of(view.orders, view.now),
        )

    def _order(self, order: OrderView, ending: str) -> bytes:
        entries = self.history(order.key)
        return self._rendered(
            "order.html" if ending == "html" else "one_order.html",
            root="../",
            news=f"{order.page}.fragment",
            order=order,
            map=map_of([order]),
            timeline=timeline_of([order], self.view.now),
            entries=entries[-MOST_ENTRIES:],
            left_out=len(entries[:-MOST_ENTRIES]),
        )

    def _rendered(self, template: str, **context: object) -> bytes:
        made = _environment().get_template(template)
        text = made.render(view=self.view, now=self.view.now, every=self.every, **context)
        return text.encode()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("reconciler.page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"csp": CSP, "generator": GENERATOR, "most_markers": MOST_MARKERS}
    made.filters |= {"iso": instant_text, "moment": _moment, "day": _day, "away": _away, "slug": _slug}
    made.filters |= {"markup": _markup, "breakable": _breakable, "message": message, "remedy": remedy}
    return made


def _clean(value: object) -> object:
    """Take control characters out of every text of ours, of Git's and of providers; what is HTML already has none."""
    return value if isinstance(value, Markup) else _CONTROL.sub("\ufffd", str(value))


def _markup(text: str) -> Markup:
    """Set apart what is to be written as it stands (commands, files, lines), and say instants as the page does."""
    parts, start = [], 0
    for found in _EXACT.finditer(text):
        before, exact, start = text[start : found.start()], found[0], found.end()
        parts += [escape(_clean(before)), _exact(exact)]
    return Markup("").join((*parts, escape(_clean(text[start:]))))


def _exact(text: str) -> Markup:
    if not text[0].isdigit():
        return Markup("<code>{}</code>").format(_clean(text.strip("`")))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return escape(text)
    return Markup('<time datetime="{}">{}{}</time>').format(text, _moment(at), f":{at:%S}" if at.second else "")


def _breakable(text: str) -> Markup:
    """Let a provider's long word be broken where its parts meet."""
    return Markup(_JOINT.sub(r"\g<0><wbr>", str(escape(_clean(text)))))


def _slug(status_label: str) -> str:
    return status_label.replace(" ", "-")


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b}"


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M}"


@pass_context
def _away(context: Context, at: datetime) -> str:
    """Say how far an instant is from now."""
    now: datetime = context["now"]
    return f"in {duration_text(at - now)}" if at > now else f"{duration_text(now - at)} ago"
