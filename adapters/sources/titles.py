"""The titles of columns in messages: told where they are titles, and not where they may be data."""

from __future__ import annotations

import re
from collections.abc import Iterable

# An address, or more digits than the title of a column has: a number, a date, an id.
_DATA = re.compile(r"@|(?:[0-9][^0-9]*){4}")


def is_data(titles: Iterable[str]) -> bool:
    """Whether what is read as the titles of columns looks like a row of data."""
    return any(_DATA.search(title) for title in titles)


def titles_told(titles: Iterable[str]) -> str:
    """Which columns there are, in words; or that there is no header.

    What is read as a header may be a person, where a file has none.

    >>> titles_told(["name", "phone"])
    'it has: name, phone'
    >>> titles_told(["Ada", "+39 06 1234567"])
    'its first row looks like data, not like the titles of columns'
    """
    titles = [title.strip() for title in titles]
    if is_data(titles):
        return "its first row looks like data, not like the titles of columns"
    return f"it has: {', '.join(title for title in titles if title)}"
