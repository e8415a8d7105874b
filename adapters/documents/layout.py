"""Where the boxes of a decision graph stand: columns from left to right, few crossings.

Sugiyama's method in its plainest form (longest paths, barycentres). No library for it is both well
kept and small, and drawing with Graphviz would need a program that pip cannot install.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from engine.language.graph import Arrow, Group, Node

WIDTH, HEIGHT = 280, 58
GAP_X, GAP_Y = 70, 16
_SWEEPS = 6

# A bend is where an arrow passes a column without a box of its own.
_Bend = tuple[Arrow, int]
_Spot = Node | _Bend


@dataclass(frozen=True)
class Drawing:
    """Upper left corners of boxes, the points of arrows from box to box, and the whole size."""

    boxes: Mapping[Node, tuple[float, float]]
    lines: Mapping[Arrow, tuple[tuple[float, float], ...]]
    width: float
    height: float


def draw(group: Group) -> Drawing:
    """Place every box and every arrow of a group; units are pixels.

    Takes cycles too: an arrow that closes one runs backwards.
    """
    forward = _without_cycles(group)
    columns = _columns(group.nodes, forward)
    layers, links = _layers(group.nodes, forward, columns)
    _order(layers, links)
    tops = _heights(layers, links)
    boxes = {
        node: (columns[node] * (WIDTH + GAP_X) + 1.0, tops[node] + 1.0) for node in group.nodes
    }
    lines = {arrow: tuple(_points(arrow, boxes, tops, columns)) for arrow in group.arrows}
    width = (len(layers) - 1) * (WIDTH + GAP_X) + WIDTH + 2
    return Drawing(boxes, lines, width, max(y for _, y in boxes.values()) + HEIGHT + 1)


def _without_cycles(group: Group) -> Sequence[Arrow]:
    if _runs_forward(group.arrows):
        return group.arrows
    kept: list[Arrow] = []
    for arrow in group.arrows:
        if _runs_forward([*kept, arrow]):
            kept.append(arrow)
    return kept


def _runs_forward(arrows: Iterable[Arrow]) -> bool:
    try:
        TopologicalSorter(_before(arrows)).prepare()
    except CycleError:
        return False
    return True


def _before(arrows: Iterable[Arrow]) -> dict[Node, set[Node]]:
    found: dict[Node, set[Node]] = defaultdict(set)
    for arrow in arrows:
        found[arrow.end].add(arrow.start)
    return found


def _columns(nodes: Iterable[Node], arrows: Iterable[Arrow]) -> dict[Node, int]:
    """The longest way to each box; boxes where ways begin stand just before their first arrow."""
    before = {node: set[Node]() for node in nodes} | _before(arrows)
    column: dict[Node, int] = {}
    for node in TopologicalSorter(before).static_order():
        column[node] = max((column[other] + 1 for other in before[node]), default=0)
    after: dict[Node, list[int]] = defaultdict(list)
    for arrow in arrows:
        after[arrow.start].append(column[arrow.end])
    return {
        node: column[node] if others or node not in after else min(after[node]) - 1
        for node, others in before.items()
    }


def _layers(
    nodes: Iterable[Node], arrows: Iterable[Arrow], columns: Mapping[Node, int]
) -> tuple[list[list[_Spot]], list[tuple[_Spot, _Spot]]]:
    layers: list[list[_Spot]] = [[] for _ in range(max(columns.values()) + 1)]
    for node in nodes:
        layers[columns[node]].append(node)
    links: list[tuple[_Spot, _Spot]] = []
    for arrow in arrows:
        last: _Spot = arrow.start
        for column in range(columns[arrow.start] + 1, columns[arrow.end]):
            layers[column].append((arrow, column))
            links.append((last, (arrow, column)))
            last = (arrow, column)
        links.append((last, arrow.end))
    return layers, links


def _neighbours(links: Iterable[tuple[_Spot, _Spot]], *, left: bool) -> dict[_Spot, list[_Spot]]:
    found: dict[_Spot, list[_Spot]] = defaultdict(list)
    for start, end in links:
        found[end if left else start].append(start if left else end)
    return found


def _order(layers: list[list[_Spot]], links: list[tuple[_Spot, _Spot]]) -> None:
    for sweep in range(_SWEEPS):
        left = sweep % 2 == 0
        beside = _neighbours(links, left=left)
        for layer in layers if left else reversed(layers):
            place = {spot: i for one in layers for i, spot in enumerate(one)}
            layer.sort(key=lambda s: _mean([place[n] for n in beside[s]], place[s]))


def _heights(layers: list[list[_Spot]], links: list[tuple[_Spot, _Spot]]) -> dict[_Spot, float]:
    """The upper edge of each spot: as near to its neighbours as the order allows."""
    step = HEIGHT + GAP_Y
    top: dict[_Spot, float] = {
        spot: float(i * step) for layer in layers for i, spot in enumerate(layer)
    }
    for sweep in range(_SWEEPS):
        left = sweep % 2 == 0
        beside = _neighbours(links, left=left)
        for layer in layers if left else reversed(layers):
            wanted = [_mean([top[n] for n in beside[s]], top[s]) for s in layer]
            last = float("-inf")
            for spot, wish in zip(layer, wanted, strict=True):
                last = top[spot] = max(wish, last + step)
            # What was only pushed down is moved back by what it was pushed on average.
            pushed = sum(top[s] - w for s, w in zip(layer, wanted, strict=True)) / len(layer)
            for spot in layer:
                top[spot] -= pushed
    first = min(top.values())
    return {spot: y - first for spot, y in top.items()}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _points(
    arrow: Arrow,
    boxes: Mapping[Node, tuple[float, float]],
    tops: Mapping[_Spot, float],
    columns: Mapping[Node, int],
) -> Iterable[tuple[float, float]]:
    (left, above), (right, below) = boxes[arrow.start], boxes[arrow.end]
    yield left + WIDTH, above + HEIGHT / 2
    for column in range(columns[arrow.start] + 1, columns[arrow.end]):
        x, y = column * (WIDTH + GAP_X) + 1.0, tops[(arrow, column)] + HEIGHT / 2
        yield x, y
        yield x + WIDTH, y
    yield right, below + HEIGHT / 2
