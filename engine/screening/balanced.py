"""Many columns put together by one operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def balanced(operator: Callable[[Any, Any], Any], columns: Sequence[Any]) -> Any:
    """The columns joined in halves. A chain would be as deep as they are many, and whatever looks at an
    expression recurses. There is at least one; the operator is associative.

    >>> balanced(lambda left, right: f"({left}|{right})", ["a", "b", "c", "d"])
    '((a|b)|(c|d))'
    """
    if len(columns) == 1:
        return columns[0]
    half = len(columns) // 2
    return operator(balanced(operator, columns[:half]), balanced(operator, columns[half:]))
