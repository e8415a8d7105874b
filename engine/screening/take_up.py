"""How many contacts a finite stock bears when only a share of those asked says yes."""

from __future__ import annotations

from functools import cache
from math import exp, inf, lgamma, log, log1p, nextafter


@cache
def contacts_for(limit: int, take_up: float, risk: float) -> int:
    """The largest n for which P(Binomial(n, take_up) > limit) ≤ risk.

    With 40 units, one yes in eight and one chance in a thousand of promising too much:

    >>> contacts_for(40, 0.12, 0.001)
    208
    >>> contacts_for(40, 1.0, 0.001)
    40

    `limit` ≤ 0 has room for nobody. `take_up` is in (0, 1], `risk` in (0, 1).
    """
    if limit <= 0:
        return 0
    if take_up >= 1:
        return limit
    # Sums of floats miss an exact equality by some last digits.
    # Only below one: no number of contacts is too many for that.
    risk = min(risk * (1 + 1e-9), nextafter(1.0, 0.0))
    low, high = limit, limit + 1
    while _more_than(high, take_up, limit) <= risk:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _more_than(middle, take_up, limit) <= risk:
            low = middle
        else:
            high = middle
    return low


def _more_than(n: int, p: float, limit: int) -> float:
    """P(Binomial(n, p) > limit), summed from the smaller tail's largest term on."""
    if n <= limit:
        return 0.0
    total, k = 0.0, limit + 1
    term = _probability(n, p, k)
    if k < n * p:
        return 1.0 - _at_most(n, p, limit)
    while k <= n and term > total * 1e-17:
        total += term
        k += 1
        term = _probability(n, p, k)
    return total


def _at_most(n: int, p: float, limit: int) -> float:
    total, k = 0.0, limit
    while k >= 0:
        term = _probability(n, p, k)
        total += term
        if term < total * 1e-17:
            break
        k -= 1
    return total


def _probability(n: int, p: float, k: int) -> float:
    if not 0 <= k <= n:
        return 0.0
    chosen = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    logarithm = chosen + k * log(p) + (n - k) * log1p(-p)
    return exp(logarithm) if logarithm > -inf else 0.0
