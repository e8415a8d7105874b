"""The rulebook as one self-contained page: no script, nothing loaded, everything escaped."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from adapters.documents.picture import picture
from adapters.documents.sections import sections
from adapters.documents.words import spoken, words
from engine.language.graph import decision_graph
from engine.language.rulebook import rulebook
from engine.language.ruleset import Ruleset


def html_page(ruleset: Ruleset, language: str) -> str:
    """The whole page, with the decision graph as pictures; labels and sentences in `language`.

    What rule authors wrote is text wherever it stands: tags in it are shown, never obeyed.
    """
    said = dict(words(language))
    book = rulebook(ruleset, language)
    told = sections(book, said)
    environment = Environment(
        loader=PackageLoader("adapters.documents"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("rulebook.html").render(
        book=book,
        said=said,
        spoken=spoken(language),
        sections=told,
        parts={part.id for section in told for part in section.parts},
        pictures=[picture(group, said) for group in decision_graph(ruleset)],
    )
