"""The comment below a pull request: what it holds, as a code host reads it, and nothing that it can be made to do."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from markdown_it import MarkdownIt

from reconciler.model.account import Policy
from reconciler.model.errors import Location, Problem
from reconciler.model.geometry import Point
from reconciler.model.ids import OrderKey
from reconciler.model.money import Money
from reconciler.model.order import Agreement, DesiredOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.model.terms import Difference, DriftKind
from reconciler.plan.actions import Action
from reconciler.plan.causes import TooMany
from reconciler.plan.findings import NEEDS_NOBODY, WAITS_FOR_A_PERSON, Choice, FindingKind, Refusal, Subject
from reconciler.plan.gates import price_gate
from reconciler.plan.remedies import Advice, Ask, Commit, Purpose, Wait, forget, remedies_of
from reconciler.render.gfm import code, fence, fitted, one_line, plain
from reconciler.render.markdown import markdown, problems_markdown
from reconciler.render.review import Review
from reconciler.render.summaries import described

from .factories import (
    ACCEPT,
    ACTIONS,
    ADOPT,
    AT,
    CANCEL,
    LATER,
    finding,
    order,
    orders,
    place,
    plan,
    refusal,
    result,
    square,
)

EVIL = [
    "a|b `c` \\| 100 %\r\nnext\x1b[31m",
    "```\n\n# pwned\n```",
    "<img src=x onerror=alert(1)><!-- ",
    "ping @octocat, fixes acme/secret#1 and #2",
    "[click](https://evil.example) ![](https://evil.example/x.png) https://evil.example www.evil.example",
    "**bold** _it_ ~~gone~~ $x$ &lt;b&gt;",
    "| --- |\n| x |",
    "</details>\u2028- [ ] task\u202e",
    "\\",
    "`",
]
MARKS = "@#|`<>\n\\*[]()!~$&_-=+:/ \r\t\u2028ab1{}\"'"


def parsed(text: str) -> list:
    """Return the tokens of a text as a code host reads it, inner ones too."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def fences(text: str, language: str) -> list[str]:
    """Return the contents of the fenced blocks of a language."""
    return [token.content for token in parsed(text) if token.type == "fence" and token.info == language]


def tables(text: str) -> list[list[list[str]]]:
    """Return each table as rows of cells, its head first."""
    found: list[list[list[str]]] = []
    tokens = parsed(text)
    for number, token in enumerate(tokens):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("td_open", "th_open"):
            found[-1][-1].append("".join(t.content for t in tokens[number + 1].children))
    return found


def held(remedy: str = "", **changes) -> Review:
    """Return a plan with one finding that waits."""
    return Review(plan=plan(findings=(replace(finding(remedy=remedy), **changes),)))


class TestWhatItHolds:
    def test_the_summary_comes_first(self):
        """In bold, and no heading anywhere."""
        text = markdown(Review(plan=plan(*ACTIONS, findings=tuple(map(finding, FindingKind)), refused=True)))
        assert (
            text.splitlines()[0]
            == f"**{Review(plan=plan(*ACTIONS, findings=tuple(map(finding, FindingKind)), refused=True)).summary}**"
        )
        assert [token for token in parsed(text) if token.type == "heading_open"] == []

    def test_a_plan_is_a_table_of_actions(self):
        """What, which order at which line, where and when, its price and its ceiling."""
        stated = orders(order("spot"))
        (rows, _budget) = tables(markdown(Review(plan=plan(place(), ACCEPT, CANCEL, LATER), orders=stated)))
        window = "2026-12-01T08:30:00Z to 2026-12-03T08:30:00Z"
        assert rows == [
            ["action", "order", "what", "price", "ceiling"],
            ["place", "spot orders/spot.yaml:10", f"at one, {window}", "EUR 900.00", "EUR 1,000.00"],
            ["confirm", "quoted orders/spot.yaml:10", described(ACCEPT), "4,500 credits", "4,500 credits"],
            ["cancel", "gone", described(CANCEL), "EUR 90.00", "–"],
            ["place", "later orders/spot.yaml:10", described(LATER), "–", "–"],
        ]

    @pytest.mark.parametrize("kind", OutcomeKind)
    @pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.kind)
    def test_a_pass_tells_how_each_action_ended(self, kind: OutcomeKind, action: Action):
        """In the same table; what did not end as planned is bold."""
        text = markdown(Review(plan=plan(action), results=(result(action, kind),)))
        assert tables(text)[0][1][0] == action.kind
        assert ("| **" in text) == (kind is not OutcomeKind.DONE)

    def test_what_reviewers_should_know_stands_below_the_table(self):
        """A warning of a placement, with its order."""
        text = markdown(Review(plan=plan(replace(place(), warnings=("reviewed by hand",)))))
        assert "- **note** `spot`: reviewed by hand" in text.splitlines()

    @pytest.mark.parametrize("kind", FindingKind)
    def test_what_waits_for_a_decision_stands_apart(self, kind: FindingKind):
        """Under its own line; the rest in a list, and what needs nobody nowhere."""
        text = markdown(Review(plan=plan(findings=(replace(finding(kind), differences=()),))))
        assert ("**Waiting for a decision**" in text) == (kind in WAITS_FOR_A_PERSON)
        assert (f"**{kind}** `spot` `orders/spot.yaml:10`: costs too much" in text) == (kind not in NEEDS_NOBODY)
        assert ("→ commit more" in text) == (kind in WAITS_FOR_A_PERSON)

    def test_since_and_until(self):
        """How long it waits, and how long deciding helps."""
        review = held(since=AT - timedelta(days=1), deadline=AT + timedelta(days=1))
        assert "(since 2026-11-30T08:30:00Z; decide by 2026-12-02T08:30:00Z)" in markdown(review)

    def test_differences_are_a_table(self):
        """Before and after of each term, and why they differ."""
        unseen = Difference(term="sla", stated="SLA_8H", observed=None, kind=DriftKind.MATERIAL)
        (rows,) = tables(markdown(held(kind=FindingKind.DRIFTED, differences=(*finding().differences, unseen))))
        assert rows == [
            ["drift of", "term", "in Git", "at the provider", "kind"],
            ["spot", "end", "later", "soon", "spec edited"],
            ["spot", "sla", "SLA_8H", "nothing", "material"],
        ]

    def test_a_refused_plan_says_so_above_everything(self):
        """Why, and what changes that."""
        text = markdown(Review(plan=plan(place(), refused=True)))
        assert text.index("3 new orders in one pass") < text.index("| action |")
        assert "→ commit a higher number" in text

    def test_what_could_not_be_read_comes_before_the_rest(self):
        """Of an order that was not read, nothing is known."""
        planned = plan(findings=(finding(FindingKind.EXPIRED), finding(FindingKind.UNREAD)))
        assert markdown(Review(plan=planned)).index("**unread**") < markdown(Review(plan=planned)).index("**expired**")


def gate_of(stated: DesiredOrder, price: Money, policy: Policy) -> Commit:
    """Return the lines that let an order pass the money gate."""
    gate = price_gate(stated, price, policy)
    assert gate is not None
    return gate.remedy


class TestLinesToCommit:
    def remedies(self):
        """Yield remedies as the planner writes them, with the lines in each."""
        stated = order()
        price = Money(130_000, "EUR")
        odd = replace(stated, confirm=Agreement(options=('a "{b}" ```; or: {c}',)))
        limits = (Money(1, "USD"), Money(5, "EUR"))
        policy = Policy(source=Location(file="project.yaml", line=5, column=3))
        reject = Commit(purpose=Purpose.REJECT_QUOTE, location=stated.source, lines="confirm: {quote: reject}")
        agree, quoted = (gate_of(each, price, Policy(source=policy.source)) for each in (stated, odd))
        agreed = {"maxPrice": {"amount": "1300.00", "currency": "EUR"}}
        yield [agree], [{"confirm": agreed}]
        yield [quoted], [{"confirm": {"feasibility": {"optionId": odd.confirm.options[0]}, **agreed}}]
        yield [agree, reject], [{"confirm": agreed}, {"confirm": {"quote": "reject"}}]
        dear = replace(stated, confirm=Agreement(max_price=price))
        ceilings = [{"amount": "0.01", "currency": "USD"}, {"amount": "1300.00", "currency": "EUR"}]
        yield [gate_of(dear, price, replace(policy, per_order=limits))], [{"policy": {"perOrder": ceilings}}]
        back = Commit(purpose=Purpose.PUT_TERMS_BACK, location=stated.source)
        again = Commit(purpose=Purpose.REPLACE, location=stated.source, lines="attempt: 2")
        yield [back, again], [{"attempt": 2}]
        moved = Commit(purpose=Purpose.KEEP_NAME, location=stated.source, lines="moved: {from: old/1}")
        yield [moved, Wait(purpose=Purpose.PLACED_IF_ABSENT)], [{"moved": {"from": "old/1"}}]

    @pytest.mark.parametrize("number", range(6))
    def test_each_way_on_is_a_block_of_yaml(self, number):
        """What can be copied stands alone, and names its file; the other words of a remedy are a line of their own."""
        steps, lines = list(self.remedies())[number]
        blocks = fences(markdown(held(differences=(), remedies=remedies_of(*steps))), "yaml")
        assert [yaml.safe_load(block) for block in blocks] == lines
        assert all(re.match(r"# .*\w\.yaml:\d+:\d+", block) for block in blocks)

    def test_the_remedy_of_a_refused_plan_is_one_too(self):
        """The policy's lines, in the policy's file."""
        at = Location(file="project.yaml", line=5, column=3)
        raised = Commit(purpose=Purpose.CHANGE_POLICY, location=at, lines="policy: {newOrdersPerPass: 3}")
        refused = Refusal(TooMany(what="new orders", count=3, limit=2), remedies_of(raised))
        planned = replace(plan(place()), refusals=(refused,))
        assert fences(markdown(Review(plan=planned)), "yaml") == [
            "# if it is meant, commit in project.yaml:5:3\npolicy: {newOrdersPerPass: 3}\n"
        ]

    def test_words_after_the_lines_are_told_too(self):
        """A command that follows them, for instance."""
        again = Commit(purpose=Purpose.ORDER_AGAIN_IF_GONE, location=Location(file="a.yaml"), lines="attempt: 2")
        way = Ask(purpose=Purpose.ASK_WHETHER_IT_EXISTS), again, forget(OrderKey("a"), 1)
        assert "→ ask the provider, then run: reconciler forget a --attempt 1" in markdown(held(remedies=(way,)))

    def test_a_command_is_a_line_of_its_own(self):
        """Where nothing is to be committed there is no block."""
        text = markdown(held("reconciler resolve spot --adopt ID"))
        assert "→ reconciler resolve spot --adopt ID" in text.splitlines()
        assert fences(text, "yaml") == []

    def test_each_choice_is_a_block_with_its_words(self):
        """A person copies one of them."""
        choices = (Choice("later dates", "confirm: {a: 1}"), Choice("more\nclouds", "confirm: {b: 1}"))
        assert fences(markdown(held(choices=choices)), "yaml") == [
            "# 1. later dates (orders/spot.yaml:10:5)\nconfirm: {a: 1}\n",
            "# 2. more clouds (orders/spot.yaml:10:5)\nconfirm: {b: 1}\n",
        ]


class TestBudget:
    POLICY = Policy(per_month=(Money(4_000_000, "EUR"),))

    def test_a_row_a_currency(self):
        """What is committed, what the month had, both, and what the policy allows; no currency that it leaves out."""
        planned = plan(place(), place("b", Money(5, "USD")))
        (_, rows) = tables(markdown(Review(plan=planned, policy=self.POLICY, spent=(Money(100, "EUR"),))))
        assert rows == [
            ["budget: this plan", "this month so far", "together", "policy's perMonth"],
            ["EUR 900.00", "EUR 1.00", "EUR 901.00", "EUR 40,000.00"],
            ["USD 0.05", "USD 0.00", "USD 0.05", "USD 0.00"],
        ]

    def test_without_a_ceiling(self):
        """It says that there is none."""
        assert tables(markdown(Review(plan=plan(place()))))[1][1][-1] == "no ceiling"

    def test_a_pass_counts_what_may_have_been_spent(self):
        """An unknown outcome binds its money, a refused one does not."""
        kinds = (OutcomeKind.DONE, OutcomeKind.UNKNOWN, OutcomeKind.REFUSED, OutcomeKind.NOT_SENT)
        results = tuple(result(place(), kind) for kind in kinds)
        (_, rows) = tables(markdown(Review(plan=plan(place()), results=results, policy=self.POLICY)))
        assert rows[0][:2] == ["budget: this pass", "this month before it"]
        assert rows[1][0] == "EUR 1,800.00"

    def test_nothing_to_say_about_money(self):
        """There is no table where nothing is spent, was spent or is limited."""
        assert tables(markdown(Review(plan=plan()))) == []


class TestMap:
    def test_the_targets_are_one_block(self):
        """One document, drawn below everything else, and how many it leaves out."""
        keys = [f"order-{number}" for number in range(52)]
        text = markdown(Review(plan=plan(*map(place, keys)), orders=orders(*map(order, keys))))
        (drawn,) = fences(text, "geojson")
        assert len(json.loads(drawn)["features"]) == 50
        assert text.endswith("2 targets left out of the map.")

    def test_a_target_that_looks_swapped_is_asked_about(self):
        """With its order and line; never of an order that nothing is done about."""
        stated = orders(order("wrong", Point(52.5, 13.4)), order("a", Point(13.4, 52.5)), order("b", Point(13.5, 52.5)))
        told = "- **do latitude and longitude look swapped?** `wrong` `orders/spot.yaml:10`"
        assert told in markdown(Review(plan=plan(place("wrong")), orders=stated))
        assert "swapped" not in markdown(Review(plan=plan(place("a")), orders=stated))


class TestEmpty:
    @pytest.mark.parametrize("kind", FindingKind)
    def test_what_is_silent(self, kind: FindingKind):
        """A plan without actions where nobody waits and everything was read."""
        silent = kind not in WAITS_FOR_A_PERSON and kind is not FindingKind.UNREAD
        assert Review(plan=plan(findings=(finding(kind),))).empty is silent

    def test_what_is_not(self):
        """An action, a result or a refusal."""
        assert not Review(plan=plan(place())).empty
        assert not Review(plan=plan(), results=(result(place()),)).empty
        assert not Review(plan=plan(refused=True)).empty
        assert Review(plan=plan(), results=()).empty


class TestForeignWords:
    """What providers and manifests say is text: nothing of it is markup, and no code host acts on it."""

    def review(self, text: str) -> Review:
        """Return a review that says it wherever foreign words stand."""
        strange = replace(order("spot"), key=OrderKey(text), source=Location(file=text, line=1, column=1))
        found = replace(
            finding(message=text),
            subject=Subject(key=OrderKey("spot"), location=strange.source),
            remedies=remedies_of(
                Commit(purpose=Purpose.CHANGE_POLICY, location=strange.source, lines=f"confirm: {{a: {text}}}"),
                Advice(text),
            ),
            choices=(Choice(text, f"confirm: {text}"),),
            differences=(Difference(term=text, stated=text, observed=text, kind=DriftKind.MATERIAL),),
        )
        others = replace(finding(FindingKind.UNREAD, text, text), subject=Subject(key=strange.key), differences=())
        planned = plan(replace(ADOPT, status=text), replace(place(text), warnings=(text,)), findings=(found, others))
        return Review(
            plan=replace(planned, refusals=(refusal(text, text),)),
            orders=orders(strange),
            before={strange.key: square()},
        )

    def safe(self, text: str) -> None:
        tokens = parsed(text)
        kinds = {token.type for token in tokens}
        assert not kinds & {"html_block", "html_inline", "link_open", "image", "heading_open", "s_open", "em_open"}
        assert not kinds & {"code_block", "hr", "blockquote_open", "ordered_list_open"}
        said = "".join(token.content for token in tokens if token.type == "text")
        assert not re.search(r"[@#][^\u200b]|://|www\.", said)
        assert {token.info for token in tokens if token.type == "fence"} <= {"yaml", "geojson"}

    def cells_hold(self, text: str, word: str) -> None:
        """What the program itself says stands in the cells where it says it, and only names are code."""
        actions, drift, budget = tables(text)
        assert [row[-2:] for row in actions[1:]] == [["–", "–"], ["EUR 900.00", "EUR 1,000.00"]]
        assert [row[-1] for row in drift[1:]] == ["material"]
        assert budget[1] == ["EUR 900.00", "EUR 0.00", "EUR 900.00", "no ceiling"]
        assert {block.count("\n") for block in fences(text, "yaml")} == {2}
        names = {one_line(word), one_line(f"{word}:1"), "found", "spot", "orders/spot.yaml:10"}
        assert {token.content for token in parsed(text) if token.type == "code_inline"} <= names

    def shape(self, review: Review) -> tuple:
        text = markdown(review)
        kinds = [token.type for token in parsed(text) if token.type in ("paragraph_open", "fence", "list_item_open")]
        return [[len(row) for row in rows] for rows in tables(text)], kinds

    @pytest.mark.parametrize("text", EVIL)
    def test_it_has_the_shape_that_safe_words_have(self, text):
        """As many tables, rows, cells, paragraphs, list items and fences as with any other words."""
        self.safe(markdown(self.review(text)))
        self.cells_hold(markdown(self.review(text)), text)
        assert self.shape(self.review(text)) == self.shape(self.review("ordinary words"))
        (drawn,) = fences(markdown(self.review(text)), "geojson")
        assert json.loads(drawn)["features"][-1]["properties"]["order"] == text

    @pytest.mark.parametrize("seed", range(100))
    def test_so_it_has_with_random_marks(self, seed):
        """Drawn from the characters that mean something."""
        drawn = random.Random(seed)
        text = "x" + "".join(drawn.choice(MARKS) for _ in range(40)) + "x"
        self.safe(markdown(self.review(text)))
        self.cells_hold(markdown(self.review(text)), text)
        assert self.shape(self.review(text))[0] == self.shape(self.review("ordinary words"))[0]

    @pytest.mark.parametrize("text", EVIL)
    def test_problems_are_a_list(self, text):
        """A bad manifest's own words, too."""
        told = problems_markdown(
            [
                Problem(Location(file=text, line=1, column=1), text),
                Problem(Location(file="a.yaml", line=2, column=1), "unknown"),
            ]
        )
        self.safe(told)
        assert sum(token.type == "list_item_open" for token in parsed(told)) == 2

    def test_ordinary_words_stay_as_they_are(self):
        """Text in any language is read as it was said."""
        told = "order T1 (ACTIVE), found by its reference; 10 % – Zürich 東京"
        assert plain(told) == told
        assert code("manifests/a.yaml:10") == "`manifests/a.yaml:10`"

    def test_a_long_text_is_cut(self):
        """A provider's page of HTML does not fill a comment."""
        assert plain("y" * 5_000) == "y" * 600 + "…"

    def test_a_fence_is_longer_than_what_is_in_it(self):
        """A row of backticks inside ends nothing."""
        (token,) = parsed(fence("yaml", "a\n````\nb"))
        assert token.content == "a\n````\nb\n"


class TestLength:
    def test_a_comment_is_never_longer_than_github_takes(self):
        """Ten thousand of everything: cut between two blocks, with a sentence, never inside a fence."""
        keys = [f"order-{number}" for number in range(2_000)]
        lines = Commit(purpose=Purpose.AGREE_TO_PRICE, location=Location(file="a.yaml"), lines="confirm: {a: 1}")
        long = replace(finding(message="x" * 3_000), remedies=remedies_of(lines), choices=())
        found = tuple(replace(long, subject=Subject(key=OrderKey(key))) for key in keys)
        text = markdown(Review(plan=plan(*map(place, keys), findings=found), orders=orders(*map(order, keys))))
        assert 40_000 < len(text) <= 65_536
        assert text.count("```") % 2 == 0
        assert "… and 1,950 more." in text

    def test_what_does_not_fit_is_left_out_whole(self):
        """And said at the end."""
        text = fitted(["a" * 60_000, fence("geojson", "b" * 10_000), "c"])
        assert text.startswith("a" * 60_000 + "\n\n**Cut off here")
        assert "b" not in text.split("Cut off here")[0]
        assert fitted(["a", "b"]) == "a\n\nb"

    def test_many_problems_are_cut_as_well(self):
        """A folder that is all wrong still makes a comment."""
        problems = [Problem(Location(file="a.yaml", line=n, column=1), "x" * 500) for n in range(1, 500)]
        assert len(problems_markdown(problems)) <= 65_536
        assert "Cut off here" in problems_markdown(problems)
