"""A decision graph as boxes and curves that a template only has to write down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from adapters.documents.layout import HEIGHT, WIDTH, draw
from engine.language.graph import Arrow, Group, Node, NodeKind

_LONGEST_NAME, _LONGEST_LINE = 34, 42
_FOUND = (NodeKind.RULE, NodeKind.SIGNAL, NodeKind.DECISION, NodeKind.WAIVE)


@dataclass(frozen=True)
class Box:
    """A box with a name and up to two lines; `part` is the id of what it leads to, if anything."""

    kind: str
    x: float
    y: float
    name: str
    lines: tuple[str, ...]
    whole: str
    part: str | None


@dataclass(frozen=True)
class Curve:
    """An arrow as an SVG path, with a word at a point near its beginning."""

    path: str
    word: str
    x: float
    y: float


@dataclass(frozen=True)
class Picture:
    """One group of the graph, in pixels."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    box_width: int = WIDTH
    box_height: int = HEIGHT


def picture(group: Group, said: dict[str, str]) -> Picture:
    """The picture of a group; `said` are the labels of the document's language."""
    drawing = draw(group)
    boxes = tuple(_box(node, *drawing.boxes[node], said) for node in group.nodes)
    curves = tuple(_curve(arrow, drawing.lines[arrow], said) for arrow in group.arrows)
    return Picture(drawing.width, drawing.height, boxes, curves)


def node_lines(node: Node, said: dict[str, str]) -> tuple[str, str]:
    """What stands in a box: a name, and what it means or does."""
    match node.kind:
        case NodeKind.WAIVE:
            return node.id, f"{said['waive']}: {node.title}"
        case NodeKind.PROPOSE:
            return node.id, said["propose"]
        case NodeKind.BLOCK:
            return said["block"], node.title
        case NodeKind.DECISION if node.at_least:
            return node.id, f"{said['at_least']} {node.at_least}. {node.title}"
    return node.id, node.title


def _box(node: Node, x: float, y: float, said: dict[str, str]) -> Box:
    name, title = node_lines(node, said)
    return Box(
        kind=str(node.kind),
        x=round(x, 1),
        y=round(y, 1),
        name=_short(name, _LONGEST_NAME),
        lines=tuple(wrap(title, _LONGEST_LINE, max_lines=2, placeholder=" …")),
        whole=": ".join(filter(None, (name, title))),
        part=node.id if node.kind in _FOUND else None,
    )


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _curve(arrow: Arrow, points: Sequence[tuple[float, float]], said: dict[str, str]) -> Curve:
    word = said[arrow.word] if arrow.word else ""
    return Curve(_path(points), word, round(points[0][0] + 6, 1), round(points[0][1] - 4, 1))


def _path(points: Iterable[tuple[float, float]]) -> str:
    """Straight through a column, in an S from one column to the next."""
    (x, y), *others = points
    told = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in others:
        half = abs(to_x - x) / 2
        told.append(f"C{x + half:.1f} {y:.1f} {to_x - half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(told)
