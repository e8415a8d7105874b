"""Many signatures, large groups and long chains: as the oracle decides them, in flat memory."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from engine.language.ruleset import Outcome, Strength
from engine.screening import decide as decide_module
from engine.screening.decide import DecisionError, Effects, Group, Signature, decide
from tests.support.decisions import decision, group, naively, one

ROOT = Path(__file__).parents[4]

PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN
NO, POSSIBLE = Strength.NO, Strength.POSSIBLE

DOUBTS = group(
    decision("doubts", failed=["b", "c", "d", "e"], at_least=3, block=True),
    decision("lift", signal=["asked"], waive=["cap"]),
    decision("slower", failed=["a"], passed=["b"], propose="BASIC"),
    decision("vip", signal=["vip"], raises="asked"),
)


def every_signature(made: Group, seed: int) -> list[Signature]:
    codes = [range(len(Outcome))] * len(made.rules) + [range(len(Strength))] * len(made.signals)
    signatures: list[Signature] = list(itertools.product(*codes))
    random.Random(seed).shuffle(signatures)
    return signatures


def assert_as_the_oracle_says(made: Group, signature: Signature, effects: Effects) -> None:
    n = len(made.rules)
    expected = naively(
        made.decisions,
        {r: Outcome(code) for r, code in zip(made.rules, signature[:n], strict=True)},
        {s: Strength(code) for s, code in zip(made.signals, signature[n:], strict=True)},
    )
    assert effects.waived == tuple(sorted(expected.waived))
    assert effects.waivers == tuple(sorted(expected.waivers))
    assert effects.blocked == tuple(sorted(expected.blocked))
    assert effects.proposed == tuple(sorted(expected.proposed))
    assert dict(effects.fired) == expected.fired
    assert len(effects.fired) == len(expected.fired)
    assert effects.signals == tuple(sorted(expected.signals.items()))


def test_five_thousand_signatures_of_a_group_are_decided_as_the_oracle_decides_them() -> None:
    signatures = every_signature(DOUBTS, seed=1)[:5000]
    for signature, effects in zip(signatures, decide(DOUBTS, signatures), strict=True):
        assert_as_the_oracle_says(DOUBTS, signature, effects)


def test_effects_come_in_the_order_of_signatures_however_often_each_is_there() -> None:
    signatures = every_signature(DOUBTS, seed=2)[:40]
    alone = {signature: decide(DOUBTS, [signature])[0] for signature in signatures}
    mixed = signatures + signatures[::-1] + signatures[:1] * 5
    assert decide(DOUBTS, iter(mixed)) == [alone[signature] for signature in mixed]


def test_no_signatures_have_no_effects() -> None:
    assert decide(DOUBTS, []) == []


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ((PASSED,), "1 codes where 2"),
        ((PASSED, NO, NO), "3 codes where 2"),
        ((5, NO), "`rule` has 5"),
        ((PASSED, 3), "`sig` has 3"),
        ((-1, NO), "`rule` has -1"),
        ((None, NO), "`rule` has None"),
        ((PASSED, None), "`sig` has None"),
    ],
)
def test_a_signature_that_can_not_be_read_is_an_error_and_not_a_pass(
    signature: Signature, message: str
) -> None:
    made = group(decision("d", failed=["rule"], signal=["sig"], at_least=1, block=True))
    with pytest.raises(DecisionError, match=message):
        decide(made, [(PASSED, NO), signature])


def test_an_exception_while_deciding_is_an_error_and_not_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fire(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(decide_module._Working, "fire", fire)
    with pytest.raises(DecisionError, match=r"deciding `doubts .*` failed"):
        decide(DOUBTS, [(PASSED, FAILED, FAILED, FAILED, PASSED, NO, NO)])


def test_a_decision_error_fails_the_run() -> None:
    assert DecisionError("why").exit_code == 1


def large_group(size: int) -> Group:
    made = []
    for n in range(size):
        failed = [f"r{n:04}", f"r{(7 * n + 1) % size:04}"]
        match n % 10:
            case 0:
                made.append(decision(f"d{n:04}", failed=failed, raises=f"s{n // 10:04}"))
            case 8:
                made.append(
                    decision(f"d{n:04}", signal=[f"s{n // 10:04}"], raises=f"s{n // 10 + 1:04}")
                )
            case 9:
                made.append(decision(f"d{n:04}", signal=[f"s{n // 10:04}"], waive=[f"w{n % 7}"]))
            case 5:
                many = [f"r{(n + k) % size:04}" for k in range(40)]
                made.append(decision(f"d{n:04}", failed=many, at_least=3, block=True))
            case 6:
                many = [f"r{(n + k) % size:04}" for k in range(40)]
                made.append(decision(f"d{n:04}", passed=many, propose="BASIC"))
            case _:
                made.append(decision(f"d{n:04}", failed=failed, block=True))
    return group(*made)


def test_six_hundred_rules_and_decisions_in_one_group_are_decided_as_the_oracle_does() -> None:
    made = large_group(600)
    assert (len(made.rules), len(made.decisions)) == (600, 600)
    chance = random.Random(3)
    signatures = [
        tuple(
            chance.choices(range(5), [1, 40, share, share, 1])[0] for _ in made.rules
        ) + tuple(chance.choices(range(3), [40, 1, 1])[0] for _ in made.signals)
        for share in (0, 1, 4, 16, 64)
    ]  # fmt: skip
    signatures.append((FAILED,) * 600 + (NO,) * len(made.signals))
    for signature, effects in zip(signatures, decide(made, signatures), strict=True):
        assert_as_the_oracle_says(made, signature, effects)


def test_a_chain_of_six_hundred_decisions_is_followed_to_its_end() -> None:
    made = group(
        decision("d000", failed=["r"], raises="s000"),
        *(decision(f"d{n:03}", signal=[f"s{n - 1:03}"], raises=f"s{n:03}") for n in range(1, 599)),
        decision("d599", signal=["s598"], block=True),
    )
    effects = one(made, UNKNOWN, *[NO] * 599)
    assert effects.blocked == ("d599",)
    assert effects.fired == tuple((f"d{n:03}", POSSIBLE) for n in range(600))


FIFTY_THOUSAND = """
import gc, itertools, random, resource, time
from engine.screening.decide import decide
from tests.support.decisions import decision, group

def used():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024

# Each of `a` … `e` is read in such a way that no two of its five outcomes are alike: durable-rules
# decides every one of these signatures.
letters = "abcde"
made = group(
    decision("good", passed=letters, signal=["s"], block=True),
    decision("bad", failed=letters, raises="t"),
    decision("doubts", failed=letters[:3], at_least=2, block=True),
    decision("asked", signal=["s"], raises="u"),
    decision("lift", signal=["t", "u"], waive=["w"]),
)
every = list(itertools.product(*[range(5)] * 5, *[range(3)] * 3))
random.Random(5).shuffle(every)
marks = []

def watched(count):
    for number, signature in enumerate(every[:count]):
        if number % 10000 == 0:
            marks.append((used(), time.process_time()))
        yield signature

decide(made, watched(50001))
for (_, start), (memory, end) in itertools.pairwise(marks):
    print(f"{10000 / (end - start):.0f} signatures a second of processor time, then {memory} KB")
print("grown", marks[-1][0] - marks[1][0])
before = used()
for _ in range(300):
    decide(made, [(2, 2, 2, 2, 2, 1, 1, 1)])
print("grown", used() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_fifty_thousand_signatures_in_one_process_keep_memory_flat() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIFTY_THOUSAND],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    print(done.stdout)  # noqa: T201  (the speed is reported, not asserted)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    within, between = [int(line.split()[1]) for line in lines if line.startswith("grown")]
    # 40,000 remembered signatures are some 12 MB of Python objects. One leaked working memory in a
    # hundred would be 80 MB, and one leaked ruleset in ten 3 MB.
    assert within < 24 * 1024
    assert between < 2 * 1024
