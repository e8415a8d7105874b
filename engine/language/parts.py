"""One checked rule file → rules, signals, decisions and pools, with typed conditions.

Whatever can be judged within one part is judged here: its conditions, dates, languages and
placeholders. What needs the whole rulebook is in `engine.language.resolve`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from string import Formatter

from engine.diagnostics import Diagnostic
from engine.language import functions
from engine.language.condition import parse_condition
from engine.language.documents import (
    DecisionDocument,
    GivenDocument,
    PoolDocument,
    RuleDocument,
    RuleFile,
    SignalDocument,
)
from engine.language.expression import CelType, Literal
from engine.language.ruleset import (
    Block,
    Condition,
    Decision,
    Given,
    Order,
    Pool,
    Rule,
    Signal,
    Texts,
)
from engine.language.text import Document, Path
from engine.language.vocabulary import Vocabulary, did_you_mean

_ORDER = re.compile(r"(?P<by>.*?)\s+(?P<way>asc|desc)", re.DOTALL)


class PartReader:
    """Turns the models of one file into parts; problems go to the document's own list."""

    def __init__(
        self,
        document: Document,
        file: RuleFile,
        vocabulary: Vocabulary,
        languages: Sequence[str],
    ) -> None:
        self._document = document
        self._file = file
        self._vocabulary = vocabulary
        self._languages = tuple(languages)
        self.rules: list[Rule] = []
        self.signals: list[Signal] = []
        self.decisions: list[Decision] = []
        self.pools: list[Pool] = []

    def read(self) -> None:
        for i, rule in enumerate(self._file.rules):
            self.rules.append(self._rule(rule, ("rules", i)))
        for i, signal in enumerate(self._file.signals):
            self.signals.append(self._signal(signal, ("signals", i)))
        for i, decision in enumerate(self._file.decisions):
            self.decisions.append(self._decision(decision, ("decisions", i)))
        for i, pool in enumerate(self._file.pools):
            self.pools.append(self._pool(pool, ("pools", i)))

    def _problem(self, path: Path, code: str, message: str, hint: str = "") -> None:
        place = self._document.place(path)
        self._document.problems.append(Diagnostic(place, code, message, hint))

    def _rule(self, d: RuleDocument, path: Path) -> Rule:
        if not d.id.startswith(f"{d.stage}."):
            self._problem(
                (*path, "id"),
                "bad-id",
                f"a rule of stage {d.stage} has an id that begins with it",
                f"call it {d.stage}.{d.id.rsplit('.', 1)[-1]}",
            )
        if d.from_ and d.until and d.until < d.from_:
            self._problem((*path, "until"), "bad-dates", "this rule ends before it begins")
        if d.legal and d.on_unknown == "allow":
            self._problem(
                (*path, "on_unknown"),
                "legal-rule",
                "a rule with `legal: true` may not allow what it could not check",
            )
        return Rule(
            id=d.id,
            title=d.title,
            owner=d.owner,
            stage=d.stage,
            applies=self._conditions(d.applies, (*path, "applies")),
            require=self._conditions(d.require, (*path, "require")),
            moment=d.moment,
            pain=d.pain,
            reason=self._texts(d.reason, (*path, "reason")),
            remedy=self._texts(d.remedy, (*path, "remedy")),
            from_=d.from_,
            until=d.until,
            shadow=d.mode == "shadow",
            warn=d.severity == "warn",
            allow_unknown=d.on_unknown == "allow",
            legal=d.legal,
            source=d.source or "",
            place=self._document.place((*path, "id")),
        )

    def _signal(self, d: SignalDocument, path: Path) -> Signal:
        return Signal(
            id=d.id,
            title=d.title or "",
            when=self._conditions(d.when, (*path, "when")),
            place=self._document.place((*path, "id")),
        )

    def _decision(self, d: DecisionDocument, path: Path) -> Decision:
        effects = [k for k in ("waive", "propose", "block", "signal") if getattr(d, k) is not None]
        if len(effects) != 1:
            self._problem(
                (*path, "id"),
                "one-effect",
                "a decision does exactly one thing, this one does "
                + (" and ".join(effects) or "nothing"),
                "give it one of waive, propose, block, signal; split it in two if it needs two",
            )
        block = None
        if d.block is not None:
            at = (*path, "block")
            block = Block(
                stage=d.block.stage,
                moment=d.block.moment,
                pain=d.block.pain,
                reason=self._texts(d.block.reason, (*at, "reason")),
                remedy=self._texts(d.block.remedy, (*at, "remedy")),
            )
        return Decision(
            id=d.id,
            title=d.title or "",
            owner=d.owner or "",
            given=self._given(d.given, (*path, "given")),
            waive=tuple(sorted(set(d.waive or ()))),
            propose=d.propose,
            block=block,
            signal=d.signal,
            because=self._texts(d.because, (*path, "because")),
            place=self._document.place((*path, "id")),
        )

    def _given(self, d: GivenDocument, path: Path) -> Given:
        signal, failed, passed = (
            tuple(sorted(set(part or ()))) for part in (d.signal, d.failed, d.passed)
        )
        given = Given(signal, failed, passed, d.at_least)
        total = len(signal) + len(failed) + len(passed)
        if not total:
            self._problem(
                path,
                "empty-given",
                "this decision waits for nothing",
                "name a signal, or rules that failed or passed",
            )
        elif given.needed > total:
            self._problem(
                (*path, "at_least"),
                "at-least",
                f"at_least {d.at_least} can't be reached with {total} names",
            )
        return given

    def _pool(self, d: PoolDocument, path: Path) -> Pool:
        if (d.take_up is None) != (d.risk is None):
            have, lack = ("take_up", "risk") if d.risk is None else ("risk", "take_up")
            self._problem((*path, have), "take-up", f"`{have}` needs `{lack}` beside it")
        for i, name in enumerate(d.per):
            if name not in self._vocabulary:
                hint = did_you_mean(name, self._vocabulary)
                self._problem((*path, "per", i), "unknown-fact", f"there is no fact `{name}`", hint)
            elif self._vocabulary[name].type.cel.element is not None:
                self._problem(
                    (*path, "per", i), "wrong-type", "room can't be counted per list of texts"
                )
        limit = self._condition(str(d.limit), (*path, "limit"), CelType.INT)
        return Pool(
            id=d.id,
            title=d.title,
            owner=d.owner or "",
            applies=self._conditions(d.applies, (*path, "applies")),
            per=tuple(d.per),
            limit=limit or _nothing(self._document, path),
            order=self._order(d.order or [], (*path, "order")),
            take_up=d.take_up,
            risk=d.risk,
            stage=d.stage,
            moment=d.moment,
            pain=d.pain,
            reason=self._texts(d.reason, (*path, "reason")),
            remedy=self._texts(d.remedy, (*path, "remedy")),
            place=self._document.place((*path, "id")),
        )

    def _order(self, keys: list[str], path: Path) -> tuple[Order, ...]:
        orders = []
        for i, text in enumerate(keys):
            match = _ORDER.fullmatch(text)
            if match is None:
                self._problem(
                    (*path, i),
                    "bad-order",
                    "say in which direction the queue runs",
                    f"write `{text} desc` for the highest first, `{text} asc` for the lowest",
                )
                continue
            by = self._condition(match["by"], (*path, i), None)
            if by is None:
                continue
            if by.tree.type not in functions.ORDERED:
                self._problem((*path, i), "wrong-type", "a queue can't be ordered by this")
                continue
            orders.append(Order(by, descending=match["way"] == "desc"))
        return tuple(orders)

    def _conditions(self, texts: list[str] | None, path: Path) -> tuple[Condition, ...]:
        found = (
            self._condition(text, (*path, i), CelType.BOOL) for i, text in enumerate(texts or ())
        )
        return tuple(c for c in found if c is not None)

    def _condition(self, text: str, path: Path, expected: CelType | None) -> Condition | None:
        place = self._document.place(path)
        result = parse_condition(text, place, self._vocabulary, expected)
        if isinstance(result, Diagnostic):
            at = place if self._document.is_folded(path) else result.place
            self._document.problems.append(replace(result, place=at))
            return None
        return result

    def _texts(self, texts: Texts | None, path: Path) -> Texts:
        if not texts:
            return {}
        for language, sentence in texts.items():
            if language not in self._languages:
                self._problem(
                    (*path, language),
                    "unknown-language",
                    f"`{language}` is not one of the languages of config.yaml",
                    did_you_mean(language, self._languages)
                    or f"there: {', '.join(self._languages)}",
                )
            self._placeholders(sentence, (*path, language))
        if self._languages[0] not in texts:
            self._problem(
                path,
                "missing-language",
                f"the sentence in `{self._languages[0]}`, the first language, is missing",
            )
        return dict(texts)

    def _placeholders(self, sentence: str, path: Path) -> None:
        try:
            parts = list(Formatter().parse(sentence))
        except ValueError:
            self._problem(
                path,
                "bad-placeholder",
                "a { or } stands alone in this sentence",
                "write {source.field}; a brace itself is written {{ or }}",
            )
            return
        for _, name, form, conversion in parts:
            if name is None:
                continue
            if form or conversion or name not in self._vocabulary:
                self._problem(
                    path,
                    "unknown-placeholder",
                    f"there is no fact `{name}` to put in here",
                    did_you_mean(name, self._vocabulary),
                )


def _nothing(document: Document, path: Path) -> Condition:
    """Stands in for a limit that was refused, so that reading goes on to the next problem."""
    return Condition("0", document.place(path), Literal(CelType.INT, 0))
