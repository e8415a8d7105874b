"""The three states of a fact, as the oracle knows them: a plain value, or one of two marks."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TypeAlias


class Mark(Enum):
    """What a fact is when it has no value."""

    ABSENT = "absent"
    UNKNOWN = "unknown"

    # Facts are looked up by the million, and Enum's own hash is slow.
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return self.name


ABSENT = Mark.ABSENT
UNKNOWN = Mark.UNKNOWN

Value: TypeAlias = bool | int | float | str | datetime | timedelta | tuple[str, ...]
"""Timestamps are aware and in UTC; a list is a tuple, so that values can be compared and hashed."""

Fact: TypeAlias = Value | Mark


def conjunction(truths: list[bool | None]) -> bool | None:
    """Kleene's «and»: one False decides, otherwise one unknown (None) spoils it; empty is True.

    >>> conjunction([None, False]), conjunction([True, None]), conjunction([])
    (False, None, True)
    """
    if False in truths:
        return False
    return None if None in truths else True
