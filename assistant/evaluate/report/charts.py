"""The geometry of charts: a curve, bars with intervals, a histogram. templates/charts.html writes the SVG.

Charts have a title and a description for screen readers, use the page's colours (so that they follow dark mode), and
load nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 16, 44
_INNER_WIDTH, _INNER_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a value in 0..1 and its interval."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a point; with `turned` both are rotated, so that the text runs upwards."""

    x: str
    y: str
    text: str
    anchor: str
    turned: bool = False
    kind: str = "label"


@dataclass(frozen=True, slots=True)
class Strokes:
    """Straight lines; `path` has the syntax of SVG paths."""

    style: str
    path: str
    kind: str = "strokes"


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, in the syntax of SVG."""

    points: str
    kind: str = "line"


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle with a tooltip."""

    style: str
    x: str
    y: str
    width: str
    height: str
    tip: str
    kind: str = "rectangle"


Mark = Label | Strokes | Line | Rectangle


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart: its marks in drawing order. `name` is unique on the page."""

    name: str
    title: str
    description: str
    marks: tuple[Mark, ...]
    width: int = _WIDTH
    height: int = _HEIGHT


def curve(name: str, title: str, description: str, x: str, y: str, points: Sequence[tuple[float, float]]) -> Picture:
    """Return a line chart of `points`, both coordinates in 0..1; `x` and `y` are the titles of the axes."""
    top = _nice_top(max((point[1] for point in points), default=1.0))
    path = " ".join(f"{_x(px):.1f},{_y(py / top):.1f}" for px, py in points)
    return Picture(name, title, description, (*_axes(x, y, 1.0, top, percent=True), Line(path)))


def bars(name: str, title: str, description: str, y: str, groups: Sequence[tuple[str, Sequence[Bar]]]) -> Picture:
    """Return a bar chart of named groups; each bar has its interval as a whisker."""
    marks: list[Mark] = [*_axes("", y, 0, 1.0, percent=True)]
    slot = _INNER_WIDTH / max(1, len(groups))
    for g, (group, members) in enumerate(groups):
        width = min(36.0, slot * 0.8 / max(1, len(members)))
        first = _LEFT + slot * (g + 0.5) - width * len(members) / 2
        marks += _label(_LEFT + slot * (g + 0.5), _HEIGHT - _BOTTOM + 18, group, "middle")
        for m, bar in enumerate(members):
            marks += _bar(bar, first + m * width, width, m)
    return Picture(name, title, description, tuple(marks))


def histogram(name: str, title: str, description: str, x: str, values: Sequence[float], count: int = 24) -> Picture:
    """Return a histogram of `values` with `count` equal bins from 0; the last bin also holds all higher values."""
    ordered = sorted(values)
    top = (ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] if ordered else 1.0) or 1.0
    counts = [0] * count
    for value in ordered:
        counts[min(count - 1, int(value / top * count))] += 1
    most = max([*counts, 1])
    marks: list[Mark] = [*_axes(x, "cases", top, float(most), percent=False)]
    step = _INNER_WIDTH / count
    for n, number in enumerate(counts):
        tall = _INNER_HEIGHT * number / most
        tip = f"{n * top / count:.0f} to {(n + 1) * top / count:.0f}: {number}"
        marks.append(_rectangle(_LEFT + n * step + 0.5, _y(number / most), step - 1, tall, "bar0", tip))
    return Picture(name, title, description, tuple(marks))


def _bar(bar: Bar, left: float, width: float, style: int) -> list[Mark]:
    if bar.value is None:
        return []
    tip = f"{bar.label}: {bar.value:.3f} (n = {bar.n})"
    tall = _INNER_HEIGHT * bar.value
    marks: list[Mark] = [_rectangle(left + 1, _y(bar.value), width - 2, tall, f"bar{style % 3}", tip)]
    if bar.low is not None and bar.high is not None:
        marks.append(Strokes("whisker", f"M{left + width / 2:.1f} {_y(bar.low):.1f}V{_y(bar.high):.1f}"))
    return marks


def _rectangle(x: float, y: float, width: float, height: float, style: str, tip: str) -> Rectangle:
    return Rectangle(style, f"{x:.1f}", f"{y:.1f}", f"{width:.1f}", f"{max(0.0, height):.1f}", tip)


def _axes(x: str, y: str, right: float, top: float, *, percent: bool) -> list[Mark]:
    marks: list[Mark] = []
    for tick in range(_TICKS + 1):
        share = tick / _TICKS
        marks.append(Strokes("grid", f"M{_LEFT} {_y(share):.1f}H{_WIDTH - _RIGHT}"))
        marks += _label(_LEFT - 6, _y(share) + 4, _tick(share * top, percent), "end")
        if right:
            marks += _label(_x(share), _HEIGHT - _BOTTOM + 18, _tick(share * right, percent), "middle")
    marks += _label(_LEFT + _INNER_WIDTH / 2, _HEIGHT - 8, x, "middle")
    return marks + _label(-_TOP - _INNER_HEIGHT / 2, 14, y, "middle", turned=True)


def _label(x: float, y: float, text: str, anchor: str, *, turned: bool = False) -> list[Mark]:
    return [Label(f"{x:.1f}", f"{y:.1f}", text, anchor, turned)] if text else []


def _tick(value: float, percent: bool) -> str:
    return f"{100 * value:.0f}%" if percent else f"{value:.0f}"


def _nice_top(value: float) -> float:
    return next((top for top in (0.05, 0.1, 0.25, 0.5) if value <= top), 1.0)


def _x(share: float) -> float:
    return _LEFT + _INNER_WIDTH * share


def _y(share: float) -> float:
    return _TOP + _INNER_HEIGHT * (1 - share)
