"""Conditions and pools that a missing fact turns against the contact without anyone saying so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from engine.language.expression import Call, CelType, Expression, Fact, Has, Literal
from engine.language.lint.findings import Finding, finding
from engine.language.lint.places import Places
from engine.language.lint.tried import Tried
from engine.language.ruleset import Condition, Pool, Rule, Ruleset
from engine.language.vocabulary import BUILT_IN

Keys = Mapping[str, Sequence[str]]
"""The facts that each source is joined on."""

_ALWAYS = frozenset(f.name for f in BUILT_IN)


def check_missing(
    ruleset: Ruleset, rules: Sequence[Rule], cases: Sequence[Tried], keys: Keys, places: Places
) -> Iterator[Finding]:
    """What happens where a fact is missing, if nothing shows that the author thought of it.

    `has` shows it, and so does a test that names the rule or pool with the fact missing.
    """
    for rule in rules:
        if not rule.allow_unknown:
            yield from _rule(rule, cases)
    for signal in ruleset.signals:
        for condition in signal.when:
            yield from _negation(
                condition, _asked(signal.when).__contains__, "unknown counts against the contact"
            )
    blocking = [r for r in rules if r.can_block]
    for pool in ruleset.pools:
        yield from _pool(pool, blocking, cases, keys, places)
    for condition in _conditions(ruleset):
        yield from _empty_text(condition)


def _conditions(ruleset: Ruleset) -> Iterator[Condition]:
    for rule in ruleset.rules:
        yield from (*rule.applies, *rule.require)
    for signal in ruleset.signals:
        yield from signal.when
    for pool in ruleset.pools:
        yield from pool.applies


def _asked(conditions: Sequence[Condition]) -> frozenset[str]:
    """Facts for which `has` asks."""
    return frozenset(n.name for c in conditions for n in c.tree.walk() if isinstance(n, Has))


def _tested(name: str, fact: str, cases: Sequence[Tried]) -> bool:
    """Whether a test that names the rule or pool has no value for the fact."""
    return any(case.lacks(fact) for case in cases if name in case.named)


def _rule(rule: Rule, cases: Sequence[Tried]) -> Iterator[Finding]:
    asked = _asked([*rule.applies, *rule.require])
    # Where the fact is needed anyway, nobody expects to pass without it.
    needed = {f for c in rule.require for f in _read_plainly(c.tree)}

    def thought_of(fact: str) -> bool:
        return fact in asked or _tested(rule.id, fact, cases)

    for condition in rule.applies:
        so = "nobody knows whether the rule applies"
        yield from _negation(condition, thought_of, so)
    for condition in rule.require:
        so = "unknown blocks" if rule.can_block else "unknown counts as a doubt"
        yield from _negation(condition, lambda f: f in needed or thought_of(f), so)


def _negation(
    condition: Condition, thought_of: Callable[[str], bool], so: str
) -> Iterator[Finding]:
    facts = [
        f
        for f in dict.fromkeys(_denied(condition.tree, positive=True))
        if f not in _ALWAYS and not thought_of(f)
    ]
    if facts:
        first = facts[0]
        named = " or ".join(f"`{f}`" for f in facts)
        yield finding(
            condition.place,
            "lint-negation",
            f"where {named} is missing this is unknown, not true, and {so}",
            f"say what you want: `!has({first}) || …` if missing is fine, `has({first}) && …` if "
            "not; or show in a test what happens without it",
        )


def _denied(tree: Expression, *, positive: bool) -> Iterator[str]:
    """Facts of which the condition says that they are not something."""
    match tree:
        case Call(function="!", arguments=(inner,)):
            yield from _denied(inner, positive=not positive)
        case Call(function="&&" | "||" | "?:"):
            for argument in tree.arguments:
                yield from _denied(argument, positive=positive)
        case Call(function="!=" | "==" as function) if (function == "!=") is positive:
            yield from (a.name for a in tree.arguments if isinstance(a, Fact))
        case Call(function="in", arguments=(item, container)) if not positive:
            # Of two facts the list is what is asked about.
            subject = container if isinstance(container, Fact) else item
            if isinstance(subject, Fact):
                yield subject.name
        case Fact(name=name) if not positive:
            yield name


def _read_plainly(tree: Expression) -> Iterator[str]:
    """Facts that the condition reads other than to say what they are not."""
    denied = list(_denied(tree, positive=True))
    for node in tree.walk():
        if isinstance(node, Fact):
            if node.name in denied:
                denied.remove(node.name)
            else:
                yield node.name


def _pool(
    pool: Pool, rules: Sequence[Rule], cases: Sequence[Tried], keys: Keys, places: Places
) -> Iterator[Finding]:
    required = {f for r in rules for c in r.require for f in c.facts}
    looked_up = {f for source, facts in keys.items() if _reads(required, source) for f in facts}
    for fact in pool.per:
        thought_of = fact in _ALWAYS | _asked(pool.applies) | required | looked_up
        if not thought_of and not _tested(pool.id, fact, cases):
            yield finding(
                places.of(pool, "per"),
                "lint-pool-key",
                f"where `{fact}` is missing the contact gets no place, as if `{pool.id}` were full",
                f"write a rule that requires `has({fact})`, with a reason of its own; "
                "or show in a test what happens without it",
            )


def _reads(facts: set[str], source: str) -> bool:
    return any(f.startswith(f"{source}.") for f in facts)


def _empty_text(condition: Condition) -> Iterator[Finding]:
    for node in condition.tree.walk():
        if not isinstance(node, Call) or node.function not in ("==", "!=", "in"):
            continue
        compared = [e for a in node.arguments for e in _items(a)]
        fact = next((e.name for e in node.arguments if isinstance(e, Fact)), None)
        if fact and any(e.type is CelType.STRING and _empty(e) for e in compared):
            yield finding(
                condition.place,
                "lint-empty-text",
                f'`{fact}` is never "": a blank cell is a missing fact, not an empty text',
                f"write !has({fact}) for «is missing», has({fact}) for «is there»",
            )
            return


def _items(tree: Expression) -> tuple[Expression, ...]:
    return tree.arguments if isinstance(tree, Call) and tree.function == "list" else (tree,)


def _empty(tree: Expression) -> bool:
    return isinstance(tree, Literal) and tree.value == ""
