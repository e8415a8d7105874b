"""What cel-python's parser gives: its tree, and how to find one's way in it."""

from __future__ import annotations

from celpy.celparser import CELParser
from lark import Token, Tree

from engine.language.literals import Problem

Node = Tree[Token]

BINARY = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
}
"""The grammar's names of operators that go between two operands."""

_PASSING = frozenset(
    {
        "expr",
        "conditionalor",
        "conditionaland",
        "relation",
        "addition",
        "multiplication",
        "unary",
        "member",
        "primary",
        "paren_expr",
    }
)


class Parser(CELParser):
    """cel-python's parser, which loses the places of `true` and `false`."""

    @staticmethod
    def ambiguous_literals(t: Token) -> Token:
        found = CELParser.ambiguous_literals(t)
        return found if found is t else Token.new_borrow_pos(found.type, found.value, t)


def unwrap(node: Node) -> Node:
    """Skip the grammar's levels that hold one child and mean nothing by themselves."""
    while node.data in _PASSING and len(node.children) == 1:
        child = node.children[0]
        if not isinstance(child, Tree):
            break
        node = child
    return node


def trees(node: Node) -> list[Node]:
    """The children that are no bare tokens."""
    return [c for c in node.children if isinstance(c, Tree)]


def arguments(node: Node) -> list[Node]:
    """What stands between the brackets of a call or a list, in order."""
    lists = [c for c in trees(node) if c.data == "exprlist"]
    return trees(lists[0]) if lists else []


def identifier(node: Node) -> str | None:
    """The name, where a node is one name without dots."""
    node = unwrap(node)
    return str(node.children[0]) if node.data == "ident" else None


def dotted(node: Node) -> str:
    """`a.b.c` of a `member_dot`; what is no chain of plain names is refused."""
    member = unwrap(trees(node)[0])
    name = str(node.children[1])
    if member.data == "ident":
        return f"{member.children[0]}.{name}"
    if member.data == "member_dot":
        return f"{dotted(member)}.{name}"
    raise Problem("unsupported", "only facts have fields", node, "write source.field")
