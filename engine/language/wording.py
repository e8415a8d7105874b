"""The sentences of a rule: their languages, and the facts that are put into them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.diagnostics import Place
from engine.language.document import Document, Path
from engine.language.documents import RuleDocument
from engine.language.ruleset import Texts
from engine.language.vocabulary import FactType, Vocabulary, did_you_mean

_BRACES = re.compile(r"\{\{\s*(?P<doubled>[\w.]+)\s*\}\}|\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")
# How other programs put in a value.
_OTHERS = re.compile(
    r"<<?(?P<a>\w+\.\w+)>>?|\[(?P<b>\w+\.\w+)\]|%(?P<c>\w+\.\w+)%|[«»](?P<d>\w+\.\w+)[«»]|"
    r"\$\{(?P<e>\w+\.\w+)\}"
)
_AMOUNTS = (FactType.INTEGER, FactType.NUMBER)
_KEYS = frozenset(info.alias or name for name, info in RuleDocument.model_fields.items())


def check_texts(
    document: Document,
    path: Path,
    texts: Texts,
    languages: Sequence[str],
    vocabulary: Vocabulary | None,
) -> None:
    """Report what is wrong with the sentences at `path`.

    The first of `languages` is needed, others are allowed; without any, and without vocabulary
    (config.yaml is broken), neither is judged.
    """
    for language, sentence in texts.items():
        at = (*path, language)
        if languages and language not in languages:
            message = f"`{language}` is not one of the languages of config.yaml"
            hint = did_you_mean(language, languages) or f"there: {', '.join(languages)}"
            if language in _KEYS:
                hint = f"if it belongs beside `{path[-1]}`, indent it less"
            place = document.place(at, key=True)
            document.report(at, "unknown-language", message, hint, at=place)
        _check_sentence(document, at, sentence, vocabulary)
    if languages and not document.has((*path, languages[0])):
        message = f"the sentence in `{languages[0]}`, the first language, is missing"
        place = document.place(path, key=True)
        document.report(path, "missing-language", message, f"add `{languages[0]}: …`", at=place)


def _check_sentence(
    document: Document, path: Path, sentence: str, vocabulary: Vocabulary | None
) -> None:
    start = max(0, document.text_at(path).find(sentence))

    def place(match: re.Match[str]) -> Place:
        return document.spot(path, start + match.start(), len(match[0]))

    for match in _OTHERS.finditer(sentence):
        name = match[match.lastgroup or 0]
        fact = vocabulary.get(name) if vocabulary is not None else None
        # A price may stand behind the sign of the dollar.
        if fact is None or (match["e"] and fact.type in _AMOUNTS):
            continue
        message = f"`{match[0]}` puts in no fact"
        document.report(path, "bad-placeholder", message, f"write {{{name}}}", at=place(match))
    for match in _BRACES.finditer(sentence):
        name, doubled = match["name"], match["doubled"]
        if doubled is not None:
            if vocabulary is not None and doubled in vocabulary:
                message = f"two braces put in no fact, but stand for `{{{doubled}}}` itself"
                hint = f"write {{{doubled}}}"
                document.report(path, "bad-placeholder", message, hint, at=place(match))
        elif name is None:
            if match[0] in ("{", "}"):
                message = f"a {match[0]} stands alone in this sentence"
                hint = "a fact is written {source.field}, a brace itself {{ or }}"
                document.report(path, "bad-placeholder", message, hint, at=place(match))
        elif vocabulary is not None and name not in vocabulary:
            known = re.split("[:!]", name)[0].strip()
            hint = did_you_mean(name, vocabulary)
            if known in vocabulary:
                hint = f"write {{{known}}}: a fact is put in as it is"
            message = (
                f"there is no fact `{name}` to put in here" if name else "no fact is named here"
            )
            document.report(path, "unknown-placeholder", message, hint, at=place(match))
