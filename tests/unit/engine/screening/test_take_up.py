"""How many contacts a stock bears, against exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.screening.take_up import contacts_for

ROUNDING = Fraction(1, 10**8)


def risk_of(contacts: int, limit: int, take_up: Fraction) -> Fraction:
    """The exact probability of more than `limit` yes among `contacts`."""
    p, q = take_up.numerator, take_up.denominator - take_up.numerator
    fine = sum(comb(contacts, k) * p**k * q ** (contacts - k) for k in range(limit + 1))
    return 1 - Fraction(fine, take_up.denominator**contacts)


def check(limit: int, take_up: str, risk: str) -> int:
    p, accepted = Fraction(take_up), Fraction(risk)
    found = contacts_for(limit, float(take_up), float(risk))
    assert found >= limit
    assert risk_of(found, limit, p) <= accepted * (1 + ROUNDING)
    assert risk_of(found + 1, limit, p) > accepted * (1 - ROUNDING)
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40),
    st.sampled_from(["0.05", "0.12", "0.3", "0.5", "0.75", "0.99", "1.0"]),
    st.sampled_from(["0.000001", "0.001", "0.01", "0.1", "0.5", "0.9"]),
)
def test_one_contact_more_would_be_too_risky(limit: int, take_up: str, risk: str) -> None:
    check(limit, take_up, risk)


def test_large_stocks_are_exact_too() -> None:
    assert check(500, "0.12", "0.001") > 3500


@pytest.mark.parametrize("risk", [0.9999999999, 1 - 1.2e-16])
def test_a_risk_just_below_one_has_an_end(risk: float) -> None:
    assert contacts_for(1, 0.05, risk) > contacts_for(1, 0.05, 0.999999)


def test_a_risk_that_is_met_exactly_is_accepted() -> None:
    # Of two contacts with even chances, both say yes once in four.
    assert contacts_for(1, 0.5, 0.25) == 2
    assert contacts_for(1, 0.5, 0.2499) == 1
    assert contacts_for(2, 0.1, 0.001) == 3


@pytest.mark.parametrize("limit", [0, -1, -(2**63)])
def test_nothing_is_there_to_be_risked(limit: int) -> None:
    assert contacts_for(limit, 0.12, 0.5) == 0


def test_who_all_say_yes_get_what_there_is() -> None:
    assert contacts_for(7, 1.0, 0.999) == 7
    assert contacts_for(10**12, 1.0, 0.5) == 10**12


def test_more_risk_more_stock_or_fewer_yes_never_mean_fewer_contacts() -> None:
    assert sorted(contacts_for(n, 0.12, 0.001) for n in range(50)) == [
        contacts_for(n, 0.12, 0.001) for n in range(50)
    ]
    by_risk = [contacts_for(20, 0.12, r) for r in (1e-9, 1e-6, 1e-3, 0.1, 0.5, 0.99)]
    assert by_risk == sorted(by_risk)
    by_yes = [contacts_for(20, p, 0.001) for p in (1.0, 0.9, 0.5, 0.1, 0.01, 0.0001)]
    assert by_yes == sorted(by_yes)
