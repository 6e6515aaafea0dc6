"""The writer: what it writes is read back as it was meant, and looks as a person would write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifest.strict_yaml import YamlFile
from reconciler.manifest.writing import WIDTH, flow, order_text
from reconciler.model.account import Account
from reconciler.model.block import Block
from reconciler.model.draft import DEFAULT, Comment, Draft
from reconciler.model.errors import Location
from reconciler.model.geometry import Point, Polygon
from reconciler.model.ids import AccountName, ProviderOrderId
from reconciler.model.money import Money
from reconciler.model.order import Agreement
from reconciler.model.time import Window

ACCOUNT = Account(
    name=AccountName("iceye-sim"),
    provider="iceye",
    endpoint="simulator",
    settings=Block(),
    source=Location(file="accounts.yaml"),
)
WINDOW = Window(datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 3, 0, 0, 0, 310_000, tzinfo=UTC))
UUID = "0b9f4d0e-3a51-4c3d-8d2a-6a1f2c3d4e5f"


ALICE = Point(133.882675, -23.700552)


def written(block, *, target=ALICE, order_id=UUID, schema=None, **more):
    draft = Draft(window=WINDOW, target=target, block=block, **more)
    return order_text("alice", draft, account=ACCOUNT, order_id=ProviderOrderId(order_id), schema=schema)


def read(text):
    """Return the one document of a text, as the loader reads it."""
    file = YamlFile(text, "x.yaml")
    (document,) = list(file)
    assert file.problems == []
    return document.value


def test_an_order_as_a_person_writes_it():
    """Short things in one line, the schema for editors above, comments beneath what is stated."""
    text = written(
        {"imagingMode": "SPOTLIGHT", "reference": "customer: 1", "incidenceAngle": {"min": 20, "max": 35}},
        schema="../.schema/manifest.json",
        confirm=Agreement(max_price=Money(143_000, "EUR"), options=("3f37",)),
        comments=(Comment(field="lookSide", why=DEFAULT, value="ANY"), Comment(field="SAS", why="set\nit")),
    )
    assert (
        text
        == f"""\
# yaml-language-server: $schema=../.schema/manifest.json
apiVersion: tasking.reconciler/v1
kind: TaskingOrder
metadata: {{name: alice}}
spec:
  account: iceye-sim
  adopt: {{orderId: {UUID}}}
  window: {{start: 2026-12-01T00:00:00Z, end: 2026-12-03T00:00:00.310Z}}
  target: {{type: Point, coordinates: [133.882675, -23.700552]}}
  iceye:
    imagingMode: SPOTLIGHT
    reference: "customer: 1"
    incidenceAngle: {{min: 20, max: 35}}
    # lookSide: ANY  (the provider's default)
    # SAS: set it
  confirm: {{feasibility: {{optionId: "3f37"}}, maxPrice: {{amount: "1430.00", currency: EUR}}}}
"""
    )


def test_a_short_block_is_one_line():
    """As long as there is nothing to remark."""
    assert "  iceye: {imagingMode: SPOTLIGHT, priority: COMMERCIAL}\n" in written(
        {"imagingMode": "SPOTLIGHT", "priority": "COMMERCIAL"}
    )


def test_a_long_area_is_filled_into_lines():
    """Within the width, ring by ring, and the same when it is read."""
    rings = tuple(tuple((n / 7, n / 3) for n in range(30)) for _ in range(2))
    text = written({"imagingMode": "SPOTLIGHT"}, target=Polygon(rings))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count("- [[") == 2
    assert read(text)["spec"]["target"]["coordinates"] == [[list(place) for place in ring] for ring in rings]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12bits", "12bits"),
        (UUID, UUID),
        ("Häfen im Winter", "Häfen im Winter"),
        ("5217364019283746501", '"5217364019283746501"'),
        ("4326", '"4326"'),
        ("0x1f", '"0x1f"'),
        ("5e3", '"5e3"'),
        ("2026-12-01", '"2026-12-01"'),
        ("No", '"No"'),
        ("~", '"~"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("a # b", '"a # b"'),
        (" a", '" a"'),
        ("a ", '"a "'),
        ("-", '"-"'),
        (1e-7, "0.0000001"),
        (20.0, "20.0"),
        (True, "true"),
    ],
)
def test_values(value, text):
    """Quoted where some YAML takes a text for something else, plain elsewhere."""
    assert flow(value) == text


JSON = st.recursive(
    st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn"), exclude_characters="\ufeff"), max_size=60
    )
    | st.sampled_from(["yes", "NULL", "1_000", "1:30", ".5", "0o7", "- a", "x" * 130, "é ü"]),
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.text("abc:# 1", max_size=9), inner, max_size=6),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from(["alpha", "beta", "gamma", "yes", "1"]), JSON, max_size=4))
def test_whatever_is_written_is_read_back(block):
    """By this program's reader, and by a stock one where the two agree on what YAML is."""
    text = written(block)
    assert read(text)["spec"]["iceye"] == block
    assert yaml.safe_load(text)["spec"]["iceye"].keys() == block.keys()


def test_what_must_not_stand_in_a_file_is_escaped():
    """A comment with a control character is safe, and a text with one is refused where it is read."""
    text = written({"imagingMode": "a\x85b\ud800"}, comments=(Comment(field="x", why="b\x07ad", value="c\u2028d"),))
    assert '"a\\u0085b\\ud800"' in text
    assert '# x: "c\\u2028d"  (b\\u0007ad)' in text
    assert list(YamlFile(text, "x.yaml")) == [] or YamlFile(text, "x.yaml").problems


def test_only_values_of_a_manifest_are_written():
    """A fault of the program, told loudly."""
    with pytest.raises(TypeError):
        flow(object())
