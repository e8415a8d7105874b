"""Claims that a few candidates decide: facts held against constants, each by itself.

Where conditions only compare facts with constants, ask what is in a list, or ask `has`, all
values between two neighbouring constants fare alike. Trying one of each kind, in every
combination, is then a proof, and takes no solver.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from engine.language.expression import Call, CelType, Expression, Fact, Has, Literal, Scalar
from engine.language.lint.claims import Claim, trees_of
from engine.language.lint.evaluate import INT_LIMITS, FactValue, Missing
from engine.language.vocabulary import BUILT_IN

_MOST_LISTED = 5
_EXACT = 2**53
_ORDER = ("<", "<=", ">", ">=")
_ALWAYS = frozenset(f.name for f in BUILT_IN)


def combinations(
    claim: Claim, ordinary: Callable[[str], FactValue], most: int
) -> list[dict[str, FactValue]] | None:
    """Facts of candidates among whom there is one for whom the claim holds, if it holds for any;
    None where that takes more than `most`, or where the claim says more than can be tried out.

    `ordinary` gives some value of a fact of which only `has` is asked.
    """
    constants: dict[str, dict[Scalar, None]] = {}
    types: dict[str, CelType] = {}
    for tree in trees_of(claim):
        if not _collect(tree, constants, types):
            return None
    pools = {
        name: _kinds(types[name], list(constants[name])) if name in types else [ordinary(name)]
        for name in sorted(constants)
    }
    if math.prod(len(pool) + 2 for pool in pools.values()) > most:
        return None
    choices = [
        [*pool, *([] if name in _ALWAYS else [Missing.ABSENT, Missing.UNKNOWN])]
        for name, pool in pools.items()
    ]
    return [dict(zip(pools, row, strict=True)) for row in itertools.product(*choices)]


def _collect(
    tree: Expression, constants: dict[str, dict[Scalar, None]], types: dict[str, CelType]
) -> bool:
    """Note what each fact is held against; False for anything that is not just that."""
    match tree:
        case Literal(type=CelType.BOOL):
            return True
        case Has(name=name):
            constants.setdefault(name, {})
            return True
        case Fact(type=CelType.BOOL, name=name):
            return _note(name, CelType.BOOL, [], constants, types)
        case Call(function="&&" | "||" | "!" | "?:", type=CelType.BOOL):
            return all(_collect(a, constants, types) for a in tree.arguments)
        case Call(function="in", arguments=(Fact() as fact, Call(function="list") as listed)):
            return all(_held(fact, e, "==", constants, types) for e in listed.arguments)
        case Call(function="in", arguments=(Literal(value=value), Fact() as fact)):
            few = len(constants.setdefault(fact.name, {})) < _MOST_LISTED
            return few and _note(fact.name, fact.type, [value], constants, types)
        case Call(function=function, arguments=(Fact() as fact, other)):
            return _held(fact, other, function, constants, types)
        case Call(function=function, arguments=(other, Fact() as fact)):
            return _held(fact, other, function, constants, types)
    return False


def _held(
    fact: Fact,
    constant: Expression,
    function: str,
    constants: dict[str, dict[Scalar, None]],
    types: dict[str, CelType],
) -> bool:
    if not isinstance(constant, Literal) or function not in ("==", "!=", *_ORDER):
        return False
    value = constant.value
    if fact.type is CelType.STRING:
        # Between two texts there are others, but not in every alphabet: only equality.
        return function not in _ORDER and _note(fact.name, fact.type, [value], constants, types)
    if not fact.type.numeric or isinstance(value, (bool, str)) or abs(value) > _EXACT:
        return False
    around = [math.floor(value), math.ceil(value)] if fact.type is CelType.INT else [float(value)]
    return _note(fact.name, fact.type, around, constants, types)


def _note(
    name: str,
    kind: CelType,
    values: Sequence[Scalar],
    constants: dict[str, dict[Scalar, None]],
    types: dict[str, CelType],
) -> bool:
    types[name] = kind
    constants.setdefault(name, {}).update(dict.fromkeys(values))
    return True


def _kinds(kind: CelType, constants: Sequence[Scalar]) -> Sequence[FactValue]:
    """One value of each kind that constants tell apart."""
    match kind:
        case CelType.BOOL:
            return [True, False]
        case CelType.STRING:
            return [*constants, _another(constants)]
        case CelType.INT:
            low, high = INT_LIMITS
            near = {int(c) + d for c in constants for d in (-1, 0, 1)}
            return sorted(v for v in near if low <= v <= high) or [0]
        case CelType.DOUBLE:
            ways = (-math.inf, math.inf)
            edges = {math.nextafter(float(c), way) for c in constants for way in ways}
            return sorted({float(c) for c in constants} | edges) or [0.0]
        case _:
            words = [str(c) for c in constants]
            picks = itertools.product([True, False], repeat=len(words))
            return [
                tuple(w for w, taken in zip(words, pick, strict=True) if taken)
                or (_another(words),)
                for pick in picks
            ]


def _another(taken: Sequence[Scalar]) -> str:
    """A text that is none of those."""
    return next(word for n in itertools.count(1) if (word := "another" * n) not in taken)
