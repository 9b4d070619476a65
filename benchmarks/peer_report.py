"""What benchmarks/peers.py measured, as a Markdown table with ratios and as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from markupsafe import escape

OURS, FLOOR = "assistant", "floor"
FLOOR_LIMIT = 1.5


@dataclass(frozen=True, slots=True)
class Setting:
    """What was measured, with what, on what."""

    corpus: str
    documents: int
    questions: int
    rounds: int
    threads: int
    machine: str
    load: float
    minutes: float
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class Figures:
    """What one system needed: a time of each build and each question of all rounds, its peak memory in each round, and
    the reciprocal rank of each question, which is the same in all rounds."""

    system: str
    versions: dict[str, str] = field(default_factory=dict)
    passages: int = 0
    texts: int = 0
    index_s: list[float] = field(default_factory=list)
    index_cpu_s: list[float] = field(default_factory=list)
    query_s: list[float] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)
    reciprocal_ranks: list[float] = field(default_factory=list)

    def passages_per_s(self) -> float:
        """Passages by the median time of a build, from the documents to the first question that may come."""
        return self.passages / float(np.median(self.index_s))

    def cpu_ms(self) -> float:
        """CPU time of a build, of all threads, for one passage."""
        return 1000 * float(np.median(self.index_cpu_s)) / self.passages

    def texts_per_s(self) -> float:
        """Texts embedded by the same time: where sentences are embedded too, more than passages."""
        return self.texts / float(np.median(self.index_s))

    def query_ms(self, percentile: float) -> float:
        """Of all questions of all rounds."""
        return 1000 * float(np.percentile(self.query_s, percentile))

    def peak_mb(self) -> float:
        """The median of the rounds, in MB."""
        return float(np.median(self.peak_bytes)) / 1e6

    def mrr(self) -> float:
        """mrr@10 over documents."""
        return float(np.mean(self.reciprocal_ranks))

    def __str__(self) -> str:
        return f"{self.system} {self.index_s[-1]:.1f} s to index, query p50 {self.query_ms(50):.1f} ms"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what it counts, how it is written, and whether more of it is better."""

    name: str
    value: Callable[[Figures], float]
    digits: int
    more_is_better: bool


LINES = (
    Line("ingest, passages/s", Figures.passages_per_s, 1, True),
    Line("query p50, ms", lambda figures: figures.query_ms(50), 1, False),
    Line("query p95, ms", lambda figures: figures.query_ms(95), 1, False),
    Line("peak memory, MB", Figures.peak_mb, 0, False),
    Line("mrr@10", Figures.mrr, 3, True),
)


def ratios(ours: Figures, theirs: Figures) -> dict[str, float]:
    """Ours by theirs, for each line."""
    return {line.name: line.value(ours) / max(line.value(theirs), 1e-9) for line in LINES}


def behind(figures: Sequence[Figures]) -> list[str]:
    """The lines where ours is not ahead of a peer, with the ratio."""
    ours, peers = _sides(figures)
    return [
        f"{line.name}: {ratio:.2f} of {peer.system}"
        for peer in peers
        for line, ratio in zip(LINES, ratios(ours, peer).values(), strict=True)
        if (ratio <= 1 if line.more_is_better else ratio >= 1)
    ]


def markdown(setting: Setting, figures: Sequence[Figures]) -> str:
    """The table, and under it the floor and what ours is behind in."""
    ours, peers = _sides(figures)
    by_peer = [ratios(ours, peer) for peer in peers]
    rows = [
        [
            line.name,
            f"{line.value(ours):.{line.digits}f}",
            *(f"{line.value(peer):.{line.digits}f}" for peer in peers),
            *(f"{ratio[line.name]:.2f}" for ratio in by_peer),
        ]
        for line in LINES
    ]
    head = ["", OURS, *(peer.system for peer in peers), *(f"{OURS} / {peer.system}" for peer in peers)]
    table = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(
        [
            _about(setting, ours, peers),
            "",
            *(f"| {' | '.join(row)} |" for row in table),
            "",
            f"{OURS} embeds {ours.texts} texts for its {ours.passages} passages (sentences too): "
            f"{ours.texts_per_s():.1f} texts/s.",
            "CPU time of ingest for one passage, which other work on the machine disturbs less: "
            + ", ".join(f"{found.system} {found.cpu_ms():.0f} ms" for found in (ours, *peers))
            + ".",
            *_floor(figures),
            *([f"Left out, since it failed: {', '.join(setting.left_out)}."] if setting.left_out else []),
            f"Not ahead: {'; '.join(behind(figures)) or 'nowhere'}.",
            "",
        ]
    )


def _about(setting: Setting, ours: Figures, peers: Sequence[Figures]) -> str:
    versions = "; ".join(
        f"{found.system}: " + ", ".join(f"{name} {number}" for name, number in found.versions.items())
        for found in (ours, *peers)
    )
    return (
        f"{setting.corpus}: {setting.documents} documents, {ours.passages} passages, {setting.questions} questions; "
        f"{setting.rounds} rounds in alternation, {setting.threads} threads; {setting.machine}, load "
        f"{setting.load:.1f} before, {setting.minutes:.0f} minutes. {versions}."
    )


def _floor(figures: Sequence[Figures]) -> list[str]:
    ours, _ = _sides(figures)
    floor = next((found for found in figures if found.system == FLOOR), None)
    if floor is None:
        return []
    times = ours.query_ms(50) / floor.query_ms(50)
    return [
        f"The floor (the bare encoder and a flat FAISS index of {ours.passages} vectors): p50 "
        f"{floor.query_ms(50):.1f} ms, mrr@10 {floor.mrr():.3f}; {OURS} takes {times:.2f} times that "
        f"({'below' if times < FLOOR_LIMIT else 'NOT below'} {FLOOR_LIMIT})."
    ]


_ROW, _GAP, _LEFT, _BAR, _RIGHT = 18, 30, 110, 340, 90
_STYLE = (
    "text{font:12px sans-serif;fill:#333}.line{font-weight:bold}.ours{fill:#2b6cb0}.peer{fill:#a0aec0}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.peer{fill:#718096}}"
)


def picture(setting: Setting, figures: Sequence[Figures]) -> str:
    """Bars of each line side by side, as SVG."""
    ours, peers = _sides(figures)
    title = f"The assistant beside its peers on {setting.corpus}"
    body, y = "", 0
    for line in LINES:
        y += _GAP
        sense = "longer is better" if line.more_is_better else "shorter is better"
        body += f'<text class="line" x="0" y="{y - 8}">{escape(line.name)} ({sense})</text>'
        most = max(line.value(found) for found in (ours, *peers)) or 1.0
        for found in (ours, *peers):
            value = line.value(found)
            style = "ours" if found is ours else "peer"
            width = _BAR * value / most
            body += f'<text x="{_LEFT - 6}" y="{y + 13}" text-anchor="end">{escape(found.system)}</text>'
            body += f'<rect class="{style}" x="{_LEFT}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 4}"/>'
            body += f'<text x="{_LEFT + width + 6:.1f}" y="{y + 13}">{value:.{line.digits}f}</text>'
            y += _ROW
    words = f'<title id="t">{escape(title)}</title><desc id="d">{escape(_described(ours, peers))}</desc>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _BAR + _RIGHT} {y + 8}" role="img" '
        f'aria-labelledby="t d">{words}<style>{_STYLE}</style>{body}</svg>\n'
    )


def _described(ours: Figures, peers: Sequence[Figures]) -> str:
    return "; ".join(
        f"{line.name}: " + ", ".join(f"{found.system} {line.value(found):.{line.digits}f}" for found in (ours, *peers))
        for line in LINES
    )


def _sides(figures: Sequence[Figures]) -> tuple[Figures, list[Figures]]:
    """Ours, and the peers; the floor is neither."""
    (ours,) = (found for found in figures if found.system == OURS)
    return ours, [found for found in figures if found.system not in (OURS, FLOOR)]
