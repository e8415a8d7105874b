"""Claims and conditions as formulas of the SMT solver z3, three-valued.

What is not known exactly here stands as a variable that may be anything: a formula then allows
more candidates than there are, and «no candidate» stays a proof. The other answer, a candidate,
is only ever a suggestion that `engine.language.lint.evaluate` confirms or not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine.language.expression import Call, CelType, Clock, Expression, Fact, Has, Literal
from engine.language.lint import operators
from engine.language.lint.claims import Claim, Every, Is, No, Some
from engine.language.lint.evaluate import INT_LIMITS, MOMENT_LIMITS, PLAIN
from engine.language.lint.moments import RANGES
from engine.language.vocabulary import BUILT_IN

_ALWAYS = frozenset(f.name for f in BUILT_IN)
# Beyond it z3 has no characters.
_LAST_CHARACTER = 0x2FFFE
_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Term:
    """An encoded expression: what it is worth where it is `known`."""

    value: Any
    known: Any


class Encoder:
    """Encodes claims; `constraints` say what is true of any candidate, from the day `today` on.

    `present`, `absent` and `values` are the variables of facts; `tested` the texts whose
    membership in a list fact matters.
    """

    def __init__(self, now: int, today: int) -> None:
        import z3  # heavy, and optional

        self._z3 = z3
        self.constraints: list[Any] = []
        self.present: dict[str, Any] = {}
        self.absent: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.types: dict[str, CelType] = {}
        self.tested: dict[str, list[Any]] = {}
        self.exact = True
        self._terms: dict[Expression, Term] = {}
        self._free = 0
        self.now, self.today = z3.Int("now"), z3.Int("today")
        # A day begins up to an hour after `now` where clocks are put back over midnight, and
        # never lasted longer than two days.
        self.constraints += [
            self.today >= today,
            self.now >= min(now, today),
            self.now <= MOMENT_LIMITS[1],
            self.now >= self.today - 3 * _HOUR,
            self.now <= self.today + 51 * _HOUR,
        ]

    def claim(self, claim: Claim) -> Any:
        """The claim as a formula of z3."""
        z3 = self._z3
        match claim:
            case Is(tree=tree, truth=truth):
                term = self.term(tree)
                return z3.And(term.known, term.value if truth else z3.Not(term.value))
            case No(claim=inner):
                return z3.Not(self.claim(inner))
            case Every(claims=claims):
                return z3.And([self.claim(one) for one in claims])
            case Some(claims=claims, least=least):
                if len(claims) < least:
                    return z3.BoolVal(val=False)
                return z3.AtLeast(*(self.claim(one) for one in claims), least)

    def term(self, tree: Expression) -> Term:
        """An expression; the same one is the same formula wherever it stands."""
        if tree not in self._terms:
            self._terms[tree] = self._encode(tree) or self._anything(tree.type)
        return self._terms[tree]

    def _anything(self, kind: CelType) -> Term:
        self.exact = False
        self._free += 1
        value = self._variable(f"free:{self._free}", kind)
        return Term(value, self._z3.Bool(f"free:{self._free}:known"))

    def _variable(self, name: str, kind: CelType) -> Any:
        z3 = self._z3
        if kind is CelType.BOOL:
            return z3.Bool(name)
        if kind is CelType.DOUBLE:
            return z3.Real(name)
        if kind is CelType.STRING:
            return z3.String(name)
        if kind.element is not None:
            # A list is known by what is in it.
            return z3.Function(name, self._sort(kind.element), z3.BoolSort())
        value = z3.Int(name)
        self.constraints += [value >= INT_LIMITS[0], value <= INT_LIMITS[1]]
        return value

    def _sort(self, kind: CelType) -> Any:
        z3 = self._z3
        sorts = {
            CelType.BOOL: z3.BoolSort,
            CelType.DOUBLE: z3.RealSort,
            CelType.STRING: z3.StringSort,
        }
        return sorts.get(kind, z3.IntSort)()

    def _state(self, name: str) -> None:
        if name not in self.present:
            z3 = self._z3
            self.present[name] = z3.Bool(f"{name}:present")
            self.absent[name] = z3.Bool(f"{name}:absent")
            self.constraints.append(z3.Not(z3.And(self.present[name], self.absent[name])))
            if name in _ALWAYS:
                self.constraints.append(self.present[name])

    def _encode(self, tree: Expression) -> Term | None:
        z3 = self._z3
        always = z3.BoolVal(val=True)
        match tree:
            case Literal(type=kind, value=value):
                literal = self._literal(kind, value)
                return None if literal is None else Term(literal, always)
            case Clock(name="now"):
                return Term(self.now, always)
            case Clock(name="today"):
                return Term(self.today, always)
            case Has(name=name):
                self._state(name)
                present, absent = self.present[name], self.absent[name]
                return Term(present, z3.Or(present, absent))
            case Fact(type=kind, name=name):
                self._state(name)
                if name not in self.values:
                    self.values[name] = self._variable(name, kind)
                    self.types[name] = kind
                return Term(self.values[name], self.present[name])
            case Call():
                return self._call(tree)
        return None

    def _literal(self, kind: CelType, value: object) -> Any:
        z3 = self._z3
        match kind, value:
            case CelType.BOOL, bool():
                return z3.BoolVal(value)
            case CelType.DOUBLE, float() if math.isfinite(value):
                exact = Fraction(value)
                return z3.RealVal(f"{exact.numerator}/{exact.denominator}")
            case CelType.STRING, str() if all(ord(c) <= _LAST_CHARACTER for c in value):
                # Only the escape that z3 reads itself, so that no text is taken for one.
                return z3.StringVal("".join(f"\\u{{{ord(c):x}}}" for c in value))
            case ((CelType.INT | CelType.TIMESTAMP | CelType.DURATION), int()):
                return z3.IntVal(value)
        return None

    def _call(self, tree: Call) -> Term | None:
        z3, name = self._z3, tree.function
        if name == "in":
            return self._in(*tree.arguments)
        if name == "list" or tree.type.element is not None:
            return None
        arguments = [self.term(a) for a in tree.arguments]
        values = [a.value for a in arguments]
        match name:
            case "&&" | "||":
                return self._connective(arguments, deciding=name == "||")
            case "?:":
                test, then, otherwise = arguments
                branch = z3.If(test.value, then.known, otherwise.known)
                chosen = z3.If(test.value, then.value, otherwise.value)
                return Term(chosen, z3.And(test.known, branch))
        found = operators.applied(tree, values)
        if found is None:
            return self._ranged(tree)
        value, when = found
        self.exact &= name != "matches"
        return Term(value, z3.And([*(a.known for a in arguments), *when]))

    def _ranged(self, tree: Call) -> Term | None:
        """Anything at all, but for the bounds that a length or a part of a moment keeps."""
        low, high = RANGES.get(tree.function, (None, None))
        if tree.function == "size":
            low = 0
        elif low is None or tree.arguments[0].type is not CelType.TIMESTAMP:
            return None
        term = self._anything(tree.type)
        self.constraints.append(term.value >= low)
        if high is not None:
            self.constraints.append(term.value <= high)
        return term

    def _connective(self, arguments: list[Term], *, deciding: bool) -> Term:
        z3 = self._z3
        decided = [z3.And(a.known, a.value if deciding else z3.Not(a.value)) for a in arguments]
        value = z3.Or(decided) if deciding else z3.Not(z3.Or(decided))
        return Term(value, z3.Or(z3.Or(decided), z3.And([a.known for a in arguments])))

    def _in(self, item: Expression, container: Expression) -> Term | None:
        z3 = self._z3
        if item.type not in PLAIN:
            return None
        one = self.term(item)
        if isinstance(container, Call) and container.function == "list":
            terms = [self.term(e) for e in container.arguments]
            equal = [
                operators.compared("==", [item.type, e.type], [one.value, t.value])
                for e, t in zip(container.arguments, terms, strict=True)
            ]
            if any(e is None for e in equal):
                return None
            return Term(z3.Or(equal), z3.And([one.known, *(t.known for t in terms)]))
        if not isinstance(container, Fact) or container.type.element is not item.type:
            return None
        listed = self.term(container)
        self.tested.setdefault(container.name, []).append(one.value)
        return Term(listed.value(one.value), z3.And(one.known, listed.known))
