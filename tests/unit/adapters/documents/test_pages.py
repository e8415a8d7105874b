"""The rulebook as a page and as Markdown: all of it is there, and none of it is obeyed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from adapters.config.load import load_project
from adapters.documents.html import html_page
from adapters.documents.markdown import markdown_page
from adapters.documents.sections import LineKind, sections
from adapters.documents.words import words
from engine.language.rulebook import rulebook
from engine.language.ruleset import Ruleset
from engine.language.vocabulary import FactDeclaration, FactType, Vocabulary
from tests.support.command_line import ROOT
from tests.support.rulebooks import ruleset_of

EVIL = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\\\" onclick='x' y=\\\"",
    "[click](javascript:alert(1)) ![i](https://evil.example/x.png)",
    "{{{{ 7 * 7 }}}} {{% raw %}}",
    "*bold* _thin_ `code` | # heading",
    "%%{{init: {{}}}}%% ]:::x --> end; click a",
    "<!-- --> &amp; &lt;b&gt; ]]>",
    "https://evil.example/page",
]
VOID = {"meta", "img", "link", "br", "input", "base"}


def hostile(text: str) -> str:
    """A rulebook that says `text` wherever an author may write prose."""
    words = f'stage: stock, moment: FMOT, pain: "{text}", reason: {{en: "{text}"}}'
    return f"""\
rules:
  - {{id: stock.a, title: "{text}", owner: "{text}", {words}, source: "{text}",
     require: 'candidate.name != "{re.sub("[^a-z<>`|* /]", "", text)}"', remedy: {{en: "{text}"}}}}
signals: [{{id: wish, title: "{text}", when: candidate.age > 1}}]
decisions:
  - {{id: d, title: "{text}", owner: "{text}", given: {{signal: wish, failed: stock.a}},
     propose: "{text}", because: {{en: "{text}"}}}}
  - {{id: e, given: {{failed: stock.a}}, block: {{{words}}}}}
pools: [{{id: p, title: "{text}", owner: "{text}", per: candidate.name, limit: 1, {words}}}]
"""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(
        [
            FactDeclaration("candidate.age", FactType.INTEGER),
            FactDeclaration("candidate.name", FactType.STRING),
        ]
    )


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return load_project(ROOT / "config.yaml").ruleset


class Page(HTMLParser):
    """What a browser would find: tags, attributes, and the text beside them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def everything_said(ruleset: Ruleset, language: str) -> set[str]:
    """Every line of the document, whatever the format."""
    found = set()
    for section in sections(rulebook(ruleset, language), words(language)):
        for part in section.parts:
            found |= {part.id, part.title, *part.marks}
            found |= {line for row in part.rows for line in row.lines}
    return found - {""}


@pytest.mark.parametrize("language", ["en", "it", "es", "ca"])
def test_the_page_holds_every_word_of_the_rulebook(shipped: Ruleset, language: str) -> None:
    page = Page(html_page(shipped, language))
    assert page.open == []
    said = {text.strip() for text in page.text}
    assert everything_said(shipped, language) - said == set()
    assert ("lang", language) in page.attributes


def test_the_page_asks_for_nothing_and_runs_nothing(shipped: Ruleset) -> None:
    text = html_page(shipped, "en")
    page = Page(text)
    assert page.tags.isdisjoint({"script", "img", "link", "iframe", "object", "base", "form"})
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    targets = [v for name, v in page.attributes if name in {"href", "src", "xlink:href", "action"}]
    assert targets
    assert all(target.startswith("#") for target in targets)
    assert re.findall(r"url\((?!#)|@import|@font-face", text) == []
    assert any("default-src 'none'" in value for _, value in page.attributes)


def test_every_link_of_the_page_leads_to_one_place(shipped: Ruleset) -> None:
    page = Page(html_page(shipped, "en"))
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = {value[1:] for name, value in page.attributes if name == "href"}
    assert links - set(ids) == set()
    assert {f"part-{rule.id}" for rule in shipped.rules} <= links


def test_every_decision_is_in_a_picture(shipped: Ruleset) -> None:
    drawn = ""
    for picture in re.findall(r"<svg.*?</svg>", html_page(shipped, "en"), re.DOTALL):
        drawn += " ".join(ET.fromstring(picture).itertext())
    for decision in shipped.decisions:
        assert decision.id in drawn
        assert all(name in drawn for name in (*decision.given.signal, *decision.given.failed))


@pytest.mark.parametrize("text", EVIL)
def test_a_page_shows_what_authors_write_and_obeys_none_of_it(
    text: str, vocabulary: Vocabulary
) -> None:
    tame = Page(html_page(ruleset_of(hostile("tame"), vocabulary=vocabulary), "en"))
    ruleset = ruleset_of(hostile(text), vocabulary=vocabulary)
    page = Page(html_page(ruleset, "en"))
    assert page.tags == tame.tags
    assert {name for name, _ in page.attributes} == {name for name, _ in tame.attributes}
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    said = {line.strip() for line in page.text}
    assert everything_said(ruleset, "en") - said == set()


@pytest.mark.parametrize("text", EVIL)
def test_markdown_shows_what_authors_write_and_obeys_none_of_it(
    text: str, vocabulary: Vocabulary
) -> None:
    ruleset = ruleset_of(hostile(text), vocabulary=vocabulary)
    said, kinds = rendered(markdown_page(ruleset, "en"))
    _, tame = rendered(markdown_page(ruleset_of(hostile("tame"), vocabulary=vocabulary), "en"))
    assert kinds == tame
    for line in everything_said(ruleset, "en"):
        assert " ".join(line.split()) in said


def rendered(page: str) -> tuple[str, list[str]]:
    """The text that a reader of Markdown sees, and the kinds of its parts."""
    said: list[str] = []
    kinds: list[str] = []

    def walk(tokens: list[Any]) -> None:
        for token in tokens:
            if token.type == "text":
                said.append(token.content)
            elif token.type in {"code_inline", "fence"}:
                said.append(f"{token.content}\n")
                kinds.append(token.type)
            elif token.type != "inline" and token.type != "text_special":
                said.append("\n")
                kinds.append(token.type)
            walk(token.children or [])

    walk(MarkdownIt("commonmark").parse(page))
    return "".join(said), kinds


@pytest.mark.parametrize("text", EVIL)
def test_mermaid_holds_no_sign_that_could_mean_something(text: str, vocabulary: Vocabulary) -> None:
    page = markdown_page(ruleset_of(hostile(text), vocabulary=vocabulary), "en")
    _, _, rest = page.partition("```mermaid\n")
    graph, _, after = rest.partition("\n```\n")
    assert after == ""
    first, *lines = graph.splitlines()
    assert first == "flowchart LR"
    label = r"(?:[\w .,:()-]|#\d+;|<br>)*"
    for line in lines:
        box = rf'  n\d+(\["{label}"\]|\(\["{label}"\]\)|\{{\{{"{label}"\}}\}})'
        assert re.fullmatch(rf"{box}|  n\d+ -->(\|{label}\|)? n\d+", line), line


def test_a_sentence_without_the_language_is_in_the_first_and_says_so(
    vocabulary: Vocabulary,
) -> None:
    ruleset = ruleset_of(hostile("only English"), vocabulary=vocabulary)
    page = html_page(ruleset, "it")
    assert '<dd lang="en">' in page
    assert "<dt>Dice</dt>" in page
    assert '<dd lang="en">' not in html_page(ruleset, "en")


def test_labels_are_there_in_every_language_of_the_starter_project() -> None:
    known = words("en")
    for language in ("it", "es", "ca"):
        said = words(language)
        assert said.keys() == known.keys()
        assert all(said.values())
    assert words("fi") == known


def test_every_mark_and_date_of_a_rule_is_told(vocabulary: Vocabulary) -> None:
    text = hostile("x").replace(
        "{id: stock.a,", "{id: stock.a, legal: true, mode: shadow, severity: warn, "
        "from: 2026-01-01, until: 2026-12-31,",
    )  # fmt: skip
    ruleset = ruleset_of(text, vocabulary=vocabulary)
    said = words("en")
    (section, *_) = sections(rulebook(ruleset, "en"), said)
    (part,) = section.parts
    assert part.marks == (said["legal"], said["shadow"], said["warn"])
    rows = {row.label: row for row in part.rows}
    assert rows["In force"].lines == ("from 2026-01-01 until 2026-12-31",)
    assert rows["Counted by"].lines == ("d", "e")
    assert rows["Counted by"].kind is LineKind.LINK


def test_a_rulebook_without_decisions_has_no_picture(vocabulary: Vocabulary) -> None:
    text = hostile("x").split("signals:")[0]
    page = html_page(ruleset_of(text, vocabulary=vocabulary), "en")
    assert "<svg" not in page
    assert "mermaid" not in markdown_page(ruleset_of(text, vocabulary=vocabulary), "en")


def test_templates_travel_with_the_package() -> None:
    names = {p.name for p in (Path(ROOT) / "adapters/documents/templates").iterdir()}
    assert names == {"rulebook.html", "rulebook.css", "picture.svg"}
