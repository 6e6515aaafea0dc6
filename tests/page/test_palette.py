"""The colors: every text and every mark can be told from what it stands on, in light and in dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from reconciler.page.view import STATUS_LABELS

STYLE = (files("reconciler.page") / "static" / "style.css").read_text(encoding="utf-8")
PHASES = tuple(status_label.replace(" ", "-") for status_label in STATUS_LABELS)
TEXTS = [(text, ground) for text in ("ink", "quiet", "link", "loud") for ground in ("paper", "raised")]
MARKS = [(phase, ground) for phase in PHASES for ground in ("paper", "sea", "land")]


def palette(scheme):
    """Return the colors of a scheme by their names; dark states each of light's anew."""
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    )
    assert light.keys() == dark.keys()
    return {"light": light, "dark": dark}[scheme]


def contrast(one, other):
    """Return the contrast ratio of two colors, as WCAG 2.2 defines it."""

    def luminance(color):
        channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_wcag_s():
    """Black on white is 21."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
class TestContrast:
    @pytest.mark.parametrize(("text", "ground"), TEXTS)
    def test_texts_can_be_read(self, scheme, text, ground):
        """4.5 to 1 at least."""
        colors = palette(scheme)
        assert contrast(colors[text], colors[ground]) >= 4.5

    @pytest.mark.parametrize(("phase", "ground"), MARKS)
    def test_marks_can_be_seen(self, scheme, phase, ground):
        """3 to 1 at least, on land and on sea."""
        colors = palette(scheme)
        assert contrast(colors[phase], colors[ground]) >= 3


def test_every_phase_has_its_color():
    """As a class that every drawing and the table use."""
    for phase in PHASES:
        assert f".p-{phase} {{ color: var(--{phase}); }}" in STYLE


def test_colors_stand_in_the_palette_alone():
    """No other rule names one, so that dark has them all."""
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b|\brgb|\bhsl", rules) == []


def test_nothing_moves_for_those_who_do_not_want_it():
    """What moves at all does so within the one rule that asks first, and focus is seen."""
    before, _, after = STYLE.partition("@media (prefers-reduced-motion: no-preference)")
    assert not re.search(r"transition|animation", before)
    assert "transition" in after
    assert ":focus-visible { outline: 3px solid" in STYLE


def test_nothing_is_loaded_from_elsewhere():
    """No font, no image, no other sheet."""
    assert not re.search(r"url\(|@import|@font-face", STYLE)
