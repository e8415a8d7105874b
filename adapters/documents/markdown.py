"""The rulebook as Markdown (CommonMark), its decision graph as Mermaid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from adapters.documents.picture import node_lines
from adapters.documents.sections import LineKind, Part, Row, sections
from adapters.documents.words import words
from engine.language.graph import Group, Node, NodeKind, decision_graph
from engine.language.rulebook import rulebook
from engine.language.ruleset import Ruleset

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$#!]")
_TICKS = re.compile(r"`+")
_NOT_PLAIN = re.compile(r"[^\w .,:()-]")
_SHAPES = {NodeKind.SIGNAL: ("([", "])"), NodeKind.DECISION: ("{{", "}}")}


def markdown_page(ruleset: Ruleset, language: str) -> str:
    """The whole page; labels and sentences in `language`.

    What rule authors wrote is text wherever it stands: markup in it is shown, never obeyed.
    """
    said = dict(words(language))
    book = rulebook(ruleset, language)
    lines = [f"# {said['rulebook']}", "", said["lead"], ""]
    lines += [f"{said['version']} `{book.digest[:16]}`", ""]
    for section in sections(book, said):
        lines += [f"## {section.heading}", ""]
        for part in section.parts:
            lines += _part(part)
    groups = decision_graph(ruleset)
    if groups:
        lines += [f"## {said['graph']}", "", *_mermaid(groups, said), ""]
    return "\n".join(lines).rstrip() + "\n"


def escaped(text: str) -> str:
    r"""Text in which Markdown finds nothing to obey, on one line.

    >>> escaped("*bold* <b>" + chr(10) + "[x](y)")
    '\\*bold\\* \\<b\\> \\[x\\](y)'
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def code(text: str) -> str:
    """A code span that holds whatever backticks there are, on one line.

    >>> code("a < b"), code("`")
    ('`a < b`', '`` ` ``')
    """
    plain = " ".join(text.split())
    longest = max(map(len, _TICKS.findall(plain)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {plain} {fence}" if longest else f"{fence}{plain}{fence}"


def _part(part: Part) -> Iterator[str]:
    yield f"### {code(part.id)}"
    yield ""
    words = [f"**{escaped(part.title)}**"] if part.title else []
    words += [f"({escaped(mark)})" for mark in part.marks]
    if words:
        yield " ".join(words)
        yield ""
    for row in part.rows:
        yield from _row(row)
    yield ""


def _row(row: Row) -> Iterator[str]:
    told = [escaped(line) if row.kind is LineKind.TEXT else code(line) for line in row.lines]
    if len(told) == 1:
        yield f"- {row.label}: {told[0]}"
    else:
        yield f"- {row.label}:"
        yield from (f"  - {line}" for line in told)


def _mermaid(groups: Iterable[Group], said: dict[str, str]) -> Iterator[str]:
    yield "```mermaid"
    yield "flowchart LR"
    names: dict[Node, str] = {}
    for group in groups:
        for node in group.nodes:
            names[node] = f"n{len(names)}"
            left, right = _SHAPES.get(node.kind, ("[", "]"))
            told = "<br>".join(_label(line) for line in node_lines(node, said) if line)
            yield f'  {names[node]}{left}"{told}"{right}'
        for arrow in group.arrows:
            word = f"|{_label(said[arrow.word])}|" if arrow.word else ""
            yield f"  {names[arrow.start]} -->{word} {names[arrow.end]}"
    yield "```"


def _label(text: str) -> str:
    """Text inside a Mermaid label: every sign that could mean something as its number."""
    return _NOT_PLAIN.sub(lambda sign: f"#{ord(sign[0])};", " ".join(text.split()))
