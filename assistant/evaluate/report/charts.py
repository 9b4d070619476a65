"""Small SVG pictures: a curve, bars with intervals, a histogram.

They carry a title and a description for those who cannot see them, take their colours from the page (so that
they follow dark mode), and need nothing from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evaluate.report.report_escape import esc

_WIDTH, _HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 16, 44
_INNER_WIDTH, _INNER_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, 0..1, with its interval."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    n: int


def curve(name: str, title: str, description: str, x: str, y: str, points: Sequence[tuple[float, float]]) -> str:
    """A line through `points`, both coordinates in 0..1; `x` and `y` name the axes."""
    top = _nice_top(max((point[1] for point in points), default=1.0))
    path = " ".join(f"{_x(px):.1f},{_y(py / top):.1f}" for px, py in points)
    body = _axes(x, y, 1.0, top, percent=True) + f'<polyline class="line" points="{path}"/>'
    return _picture(name, title, description, body)


def bars(name: str, title: str, description: str, y: str, groups: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """Bars side by side in named groups, each with its interval as a whisker."""
    body = _axes("", y, 0, 1.0, percent=True)
    slot = _INNER_WIDTH / max(1, len(groups))
    for g, (group, members) in enumerate(groups):
        width = min(36.0, slot * 0.8 / max(1, len(members)))
        first = _LEFT + slot * (g + 0.5) - width * len(members) / 2
        body += _text(_LEFT + slot * (g + 0.5), _HEIGHT - _BOTTOM + 18, group, "middle")
        for m, bar in enumerate(members):
            body += _bar(bar, first + m * width, width, m)
    return _picture(name, title, description, body)


def histogram(name: str, title: str, description: str, x: str, values: Sequence[float], count: int = 24) -> str:
    """How many of `values` fall into each of `count` equal steps from 0; the last step holds the rest above it."""
    ordered = sorted(values)
    top = (ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] if ordered else 1.0) or 1.0
    counts = [0] * count
    for value in ordered:
        counts[min(count - 1, int(value / top * count))] += 1
    most = max([*counts, 1])
    body = _axes(x, "cases", top, float(most), percent=False)
    step = _INNER_WIDTH / count
    for n, number in enumerate(counts):
        tall = _INNER_HEIGHT * number / most
        tip = f"{n * top / count:.0f} to {(n + 1) * top / count:.0f}: {number}"
        body += _rectangle(_LEFT + n * step + 0.5, _y(number / most), step - 1, tall, "bar0", tip)
    return _picture(name, title, description, body)


def _bar(bar: Bar, left: float, width: float, style: int) -> str:
    if bar.value is None:
        return ""
    tip = f"{bar.label}: {bar.value:.3f} (n = {bar.n})"
    drawn = _rectangle(left + 1, _y(bar.value), width - 2, _INNER_HEIGHT * bar.value, f"bar{style % 3}", tip)
    if bar.low is not None and bar.high is not None:
        middle = left + width / 2
        drawn += f'<path class="whisker" d="M{middle:.1f} {_y(bar.low):.1f}V{_y(bar.high):.1f}"/>'
    return drawn


def _rectangle(x: float, y: float, width: float, height: float, style: str, tip: str) -> str:
    size = f'width="{width:.1f}" height="{max(0.0, height):.1f}"'
    return f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" {size}><title>{esc(tip)}</title></rect>'


def _axes(x: str, y: str, right: float, top: float, *, percent: bool) -> str:
    drawn = ""
    for tick in range(_TICKS + 1):
        share = tick / _TICKS
        drawn += f'<path class="grid" d="M{_LEFT} {_y(share):.1f}H{_WIDTH - _RIGHT}"/>'
        drawn += _text(_LEFT - 6, _y(share) + 4, _tick(share * top, percent), "end")
        if right:
            drawn += _text(_x(share), _HEIGHT - _BOTTOM + 18, _tick(share * right, percent), "middle")
    drawn += _text(_LEFT + _INNER_WIDTH / 2, _HEIGHT - 8, x, "middle")
    return drawn + f'<g transform="rotate(-90)">{_text(-_TOP - _INNER_HEIGHT / 2, 14, y, "middle")}</g>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{esc(text)}</text>' if text else ""


def _tick(value: float, percent: bool) -> str:
    return f"{100 * value:.0f}%" if percent else f"{value:.0f}"


def _nice_top(value: float) -> float:
    return next((top for top in (0.05, 0.1, 0.25, 0.5) if value <= top), 1.0)


def _x(share: float) -> float:
    return _LEFT + _INNER_WIDTH * share


def _y(share: float) -> float:
    return _TOP + _INNER_HEIGHT * (1 - share)


def _picture(name: str, title: str, description: str, body: str) -> str:
    words = f'<title id="{name}-t">{esc(title)}</title><desc id="{name}-d">{esc(description)}</desc>'
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{name}-t {name}-d">{words}{body}</svg>'
