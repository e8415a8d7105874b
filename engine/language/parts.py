"""One checked rule file → rules, signals, decisions and pools, with typed conditions.

Whatever can be judged within one part is judged here: its conditions, dates, languages and
placeholders. What needs the whole rulebook is in `engine.language.resolve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from engine.language.document import Document, Path
from engine.language.documents import (
    DecisionDocument,
    GivenDocument,
    PoolDocument,
    RuleDocument,
    RuleFile,
    SignalDocument,
)
from engine.language.expression import CelType
from engine.language.placed import read_condition, read_limit, read_order
from engine.language.resolve import Reference, Role
from engine.language.ruleset import Block, Condition, Decision, Given, Pool, Rule, Signal, Texts
from engine.language.vocabulary import Vocabulary, meant_among
from engine.language.wording import check_texts

D = TypeVar("D")
P = TypeVar("P")

_EFFECTS = ("waive", "propose", "block", "signal")


class PartReader:
    """Turns the models of one file into parts; problems go to the document's own list.

    Without a vocabulary (config.yaml is broken) nothing that speaks of facts is looked at. Parts
    without an id that can be read are left out. `references` are the names that decisions say,
    `unordered` the pools whose order could not be read. Sentences of a `shared` file in languages
    that are not among `languages` are left out.
    """

    def __init__(
        self,
        document: Document,
        file: RuleFile,
        vocabulary: Vocabulary | None,
        languages: Sequence[str],
        *,
        shared: bool = False,
    ) -> None:
        self._document = document
        self._file = file
        self._vocabulary = vocabulary
        self._languages = tuple(languages)
        self._shared = shared
        self.rules: list[Rule] = []
        self.signals: list[Signal] = []
        self.decisions: list[Decision] = []
        self.pools: list[Pool] = []
        self.references: list[Reference] = []
        self.unordered: set[str] = set()

    def read(self) -> None:
        self.rules = self._named("rules", self._file.rules, self._rule)
        self.signals = self._named("signals", self._file.signals, self._signal)
        self.decisions = self._named("decisions", self._file.decisions, self._decision)
        self.pools = self._named("pools", self._file.pools, self._pool)

    def _named(self, kind: str, documents: Iterable[D], read: Callable[[D, Path], P]) -> list[P]:
        parts = [(i, read(d, (kind, i))) for i, d in enumerate(documents)]
        return [part for i, part in parts if not self._document.is_refused((kind, i, "id"))]

    def _problem(self, path: Path, code: str, message: str, hint: str = "") -> None:
        self._document.report(path, code, message, hint)

    def _rule(self, d: RuleDocument, path: Path) -> Rule:
        if not d.id.startswith(f"{d.stage}.") and not self._document.is_refused((*path, "stage")):
            self._problem(
                (*path, "id"),
                "bad-id",
                f"a rule of stage {d.stage} has an id that begins with it",
                f"call it {d.stage}.{d.id.rsplit('.', 1)[-1]}",
            )
        if d.from_ and d.until and d.until < d.from_:
            message, hint = "this rule ends before it begins", "`until` is its last day"
            self._problem((*path, "until"), "bad-dates", message, hint)
        if d.legal and d.on_unknown == "allow":
            self._problem(
                (*path, "on_unknown"),
                "legal-rule",
                "a rule with `legal: true` may not allow what it could not check",
                "take `on_unknown` out: what can't be checked then blocks",
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
        self._one_effect([k for k in _EFFECTS if self._document.has((*path, k))], path)
        self._refer("raise", [d.signal] if d.signal else [], (*path, "signal"), d.id)
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
            given=self._given(d.given, (*path, "given"), d.id),
            waive=self._refer("waive", d.waive or [], (*path, "waive"), d.id),
            propose=d.propose,
            block=block,
            signal=d.signal,
            because=self._texts(d.because, (*path, "because")),
            place=self._document.place((*path, "id")),
        )

    def _one_effect(self, effects: list[str], path: Path) -> None:
        hint = "give it one of waive, propose, block, signal"
        if not effects:
            message = "a decision does exactly one thing, this one does nothing"
            self._problem((*path, "id"), "one-effect", message, hint)
        elif len(effects) > 1:
            message = f"a decision does one thing, this one does {' and '.join(effects)}"
            at = max(self._document.place((*path, effect), key=True) for effect in effects)
            self._document.report(path, "one-effect", message, f"{hint}; split it in two", at=at)

    def _refer(self, role: Role, names: list[str], path: Path, by: str) -> tuple[str, ...]:
        for i, name in enumerate(names):
            place = self._document.place((*path, i))
            if not self._document.is_refused((*path, i)):
                self.references.append(Reference(role, name, place, by))
        return tuple(sorted(set(names)))

    def _given(self, d: GivenDocument, path: Path, by: str) -> Given:
        signal = self._refer("signal", d.signal or [], (*path, "signal"), by)
        failed = self._refer("failed", d.failed or [], (*path, "failed"), by)
        passed = self._refer("passed", d.passed or [], (*path, "passed"), by)
        given = Given(signal, failed, passed, d.at_least)
        total = len(signal) + len(failed) + len(passed)
        if self._document.refused_within(path):
            return given
        if not total:
            at = self._document.place(path, key=True)
            message = "this decision waits for nothing"
            hint = "name a signal, or rules that failed or passed"
            self._document.report(path, "empty-given", message, hint, at=at)
        elif given.needed > total:
            names = "one name" if total == 1 else f"{total} names"
            message = f"at_least {d.at_least} can't be reached with {names}"
            hint = "count fewer, or name more rules and signals"
            self._problem((*path, "at_least"), "at-least", message, hint)
        return given

    def _pool(self, d: PoolDocument, path: Path) -> Pool:
        self._take_up(path)
        self._per(d.per, (*path, "per"))
        before = len(self._document.problems)
        order = read_order(self._document, (*path, "order"), d.order or [], self._vocabulary)
        if len(self._document.problems) > before or self._document.refused_within((*path, "order")):
            self.unordered.add(d.id)
        return Pool(
            id=d.id,
            title=d.title,
            owner=d.owner or "",
            applies=self._conditions(d.applies, (*path, "applies")),
            per=tuple(d.per),
            limit=read_limit(self._document, (*path, "limit"), str(d.limit), self._vocabulary),
            order=order,
            take_up=d.take_up,
            risk=d.risk,
            stage=d.stage,
            moment=d.moment,
            pain=d.pain,
            reason=self._texts(d.reason, (*path, "reason")),
            remedy=self._texts(d.remedy, (*path, "remedy")),
            place=self._document.place((*path, "id")),
        )

    def _take_up(self, path: Path) -> None:
        have = [key for key in ("take_up", "risk") if self._document.has((*path, key))]
        if len(have) == 1:
            lack = "risk" if have == ["take_up"] else "take_up"
            at = self._document.place((*path, have[0]), key=True)
            message = f"`{have[0]}` needs `{lack}` beside it"
            self._document.report(path, "take-up", message, f"add `{lack}: …`", at=at)

    def _per(self, names: list[str], path: Path) -> None:
        if self._vocabulary is None:
            return
        for i, name in enumerate(names):
            if name not in self._vocabulary:
                hint = meant_among(name, self._vocabulary)
                self._problem((*path, i), "unknown-fact", f"there is no fact `{name}`", hint)
            elif self._vocabulary[name].type.cel.element is not None:
                self._problem((*path, i), "wrong-type", "room can't be counted per list of texts")

    def _conditions(self, texts: list[str] | None, path: Path) -> tuple[Condition, ...]:
        found = (
            read_condition(self._document, (*path, i), text, self._vocabulary, CelType.BOOL)
            for i, text in enumerate(texts or ())
        )
        return tuple(c for c in found if c is not None)

    def _texts(self, texts: Texts | None, path: Path) -> Texts:
        texts = dict(texts or {})
        if self._shared and self._languages:
            texts = {language: texts[language] for language in self._languages if language in texts}
        if texts or (self._shared and self._document.has(path)):
            check_texts(self._document, path, texts, self._languages, self._vocabulary)
        return texts
