"""Where boxes and arrows of a decision graph stand."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from adapters.documents.layout import GAP_X, HEIGHT, WIDTH, draw
from engine.language.graph import Arrow, Group, Node, NodeKind

NODES = [Node(NodeKind.DECISION, str(i)) for i in range(14)]
ENDS = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda e: e[0] != e[1])


@st.composite
def groups(draw_: st.DrawFn) -> Group:
    """Arrows between boxes, with cycles and arrows that pass many columns."""
    arrows = [Arrow(*ends) for ends in draw_(st.lists(ENDS, min_size=1, max_size=25, unique=True))]
    return Group(tuple(dict.fromkeys(n for a in arrows for n in (a.start, a.end))), tuple(arrows))


@given(groups())
def test_boxes_stand_inside_and_do_not_touch(group: Group) -> None:
    drawing = draw(group)
    assert set(drawing.boxes) == set(group.nodes)
    for x, y in drawing.boxes.values():
        assert 0 <= x <= drawing.width - WIDTH
        assert 0 <= y <= drawing.height - HEIGHT
    for (x, y), (u, v) in combinations(drawing.boxes.values(), 2):
        assert abs(x - u) >= WIDTH or abs(y - v) >= HEIGHT


@given(groups())
def test_every_arrow_runs_from_its_box_to_its_box(group: Group) -> None:
    drawing = draw(group)
    assert set(drawing.lines) == set(group.arrows)
    for arrow, points in drawing.lines.items():
        (x, y), (u, v) = drawing.boxes[arrow.start], drawing.boxes[arrow.end]
        assert points[0] == (x + WIDTH, y + HEIGHT / 2)
        assert points[-1] == (u, v + HEIGHT / 2)


@given(groups())
def test_an_arrow_that_passes_a_column_runs_through_no_box(group: Group) -> None:
    drawing = draw(group)
    for points in drawing.lines.values():
        for x, y in points[1:-1]:
            for left, top in drawing.boxes.values():
                assert not (left <= x <= left + WIDTH and top <= y <= top + HEIGHT)


@given(groups())
def test_without_a_cycle_every_arrow_runs_to_the_right(group: Group) -> None:
    forward = [a for a in group.arrows if int(a.start.id) < int(a.end.id)]
    if not forward:
        return
    nodes = tuple(dict.fromkeys(n for a in forward for n in (a.start, a.end)))
    drawing = draw(Group(nodes, tuple(forward)))
    for arrow in forward:
        assert drawing.boxes[arrow.end][0] - drawing.boxes[arrow.start][0] >= WIDTH + GAP_X


def test_a_chain_with_a_side_entrance_is_drawn_without_crossings() -> None:
    a, b, c, d, e = NODES[:5]
    group = Group((a, b, c, d, e), (Arrow(a, b), Arrow(b, c), Arrow(d, c), Arrow(c, e)))
    boxes = draw(group).boxes
    assert boxes[a][0] < boxes[b][0] == boxes[d][0] < boxes[c][0] < boxes[e][0]
    assert boxes[c][1] == (boxes[b][1] + boxes[d][1]) / 2
