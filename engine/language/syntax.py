"""What YAML can't read, in the words of the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from engine.diagnostics import Diagnostic, Place
from engine.language.quoting import QUOTED_WHOLE, inside, quoted

# What stands before a value: indentation, the dashes of lists, a key.
_LEAD = re.compile(r"\s*(- +)*([\w.-]+: +)?")
_KEY_STUCK = re.compile(r"\s*(- +)*(?P<key>[\w.-]+):(?=[^\s:/])")
_BULLET = re.compile(r" *[–—−‐‑•·▪◦](?=\s)")
_DASH_STUCK = re.compile(r"\s*-(?=[^\s-])")
_FACT_IN_BRACES = re.compile(r"\{[a-z_]+\.[a-z_]+\}")
_BRACKETS = {"[": "]", "{": "}"}
_BEGINNINGS = {
    "!": ("yaml-tag", "YAML reads what begins with ! as a tag"),
    "&": ("yaml-anchor", "YAML reads what begins with & as an anchor"),
    "*": ("yaml-anchor", "YAML reads what begins with * as an alias"),
    "%": ("yaml-quotes", "a text can't begin with %"),
    "@": ("yaml-quotes", "a text can't begin with @"),
    "`": ("yaml-quotes", "a text can't begin with `"),
    "?": ("yaml-quotes", "a text can't begin with ?"),
    ",": ("yaml-quotes", "a text can't begin with ,"),
    "]": ("yaml-syntax", "a ] stands here without its ["),
    "}": ("yaml-syntax", "a } stands here without its {"),
    "-": ("yaml-syntax", "a list does not begin behind its key"),
    "|": ("yaml-syntax", "nothing may stand behind | in its line"),
    ">": ("yaml-syntax", "nothing may stand behind > in its line"),
}


def explain(file: str, lines: Sequence[str], error: yaml.YAMLError) -> Diagnostic:
    """The problem that stopped the reading of a file; every YAMLError has an answer."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return Diagnostic(Place(file), "yaml-syntax", "this is not YAML")
    return _Explanation(file, lines, error, mark).diagnostic()


class _Explanation:
    """One error of libyaml, looked at beside the lines around it."""

    def __init__(self, file: str, lines: Sequence[str], error: yaml.YAMLError, mark: yaml.Mark):
        self._file = file
        self._lines = lines
        self._problem = str(getattr(error, "problem", None) or "this is not YAML")
        self._context = str(getattr(error, "context", None) or "")
        self._start = getattr(error, "context_mark", None) or mark
        # At its end, YAML counts a line more than a text has that does not end one.
        self._row = min(mark.line, len(lines) - 1)
        self._column = mark.column if mark.line < len(lines) else len(lines[-1])
        self._line = self._line_at(self._row)

    def _line_at(self, row: int) -> str:
        return self._lines[row] if 0 <= row < len(self._lines) else ""

    def _at(
        self, row: int, column: int, length: int, code: str, message: str, hint: str = ""
    ) -> Diagnostic:
        place = Place(self._file, row + 1, column + 1, max(1, length))
        return Diagnostic(place, code, message, hint)

    def _here(self, code: str, message: str, hint: str = "", length: int = 1) -> Diagnostic:
        return self._at(self._row, self._column, length, code, message, hint)

    def diagnostic(self) -> Diagnostic:
        tab = re.match(r"[ -]*\t", self._line)
        if tab and (tab.end() <= self._column + 1 or "tab" in self._problem):
            message = "a tab stands where YAML wants spaces"
            return self._at(
                self._row, tab.end() - 1, 1, "yaml-tab", message, "indent with spaces only"
            )
        if "quoted scalar" in self._context:
            return self._quote()
        before = self._line[: self._column].rstrip()
        if before.endswith(("'", '"')) and before.count(before[-1]) % 2:
            # This quote closed a text that was opened in a line above.
            opened = self._opened_above(before[-1])
            if opened:
                return opened
        if "scanning a tag" in self._context:
            row, column = self._start.line, self._start.column
            word = self._line_at(row)[column:].split(" ", 1)[0]
            return self._at(row, column, len(word), *_BEGINNINGS["!"], QUOTED_WHOLE)
        if "expected ',' or" in self._problem or ("flow" in self._context and self._at_end()):
            return self._bracket()
        if "could not find expected ':'" in self._problem:
            return self._no_key(self._start.line)
        return self._beginning() or self._shape() or self._rest()

    def _unclosed(self) -> tuple[int, int] | None:
        """Where the last bracket is that nothing closes, if quotes hold none."""
        depth = 0
        for row in range(self._row, -1, -1):
            line = self._line_at(row)
            for column in range(len(line) - 1, -1, -1):
                depth += (line[column] in "]}") - (line[column] in "[{")
                if depth < 0:
                    return row, column
        return None

    def _at_end(self) -> bool:
        following = [self._line[self._column :], *self._lines[self._row + 1 :]]
        return not any(line.strip() for line in following)

    def _quote(self) -> Diagnostic:
        row, column = self._start.line, self._start.column
        if "escape" in self._problem or "hexdec" in self._problem:
            return self._here(
                "yaml-quotes",
                "between double quotes YAML reads a backslash in its own way",
                "put the text between single quotes, or write the backslash twice",
                length=2,
            )
        quote = self._line_at(row)[column : column + 1] or "quote"
        message = f"the {quote} that opens here is never closed"
        return self._at(row, column, 1, "yaml-quotes", message, f"close it with another {quote}")

    def _bracket(self) -> Diagnostic:
        row, column = self._start.line, self._start.column
        if self._at_end():
            row, column = self._unclosed() or (row, column)
        value = self._line_at(row)[column:]
        opening = value[:1] if value[:1] in _BRACKETS else "["
        closing = _BRACKETS[opening]
        if _FACT_IN_BRACES.match(value):
            message = f"YAML reads what begins with {opening} as a group of keys"
            return self._at(row, column, 1, "yaml-quotes", message, quoted(value))
        if row == self._row and not self._at_end():
            hint = "a text that holds one of , : [ ] { } stands between quotes here"
            return self._here("yaml-syntax", f"a comma or a {closing} is missing here", hint)
        message = f"the {opening} that opens here is never closed"
        return self._at(row, column, 1, "yaml-syntax", message, f"close it with {closing}")

    def _no_key(self, row: int) -> Diagnostic:
        """A line that is neither a key nor an item of a list."""
        line = self._line_at(row)
        stuck = self._stuck(row)
        if stuck:
            return stuck
        start = len(line) - len(line.lstrip())
        return self._at(
            row,
            start,
            len(line.strip()),
            "yaml-syntax",
            "this line is neither `key: value` nor `- item`",
            "indent it if it goes on with the text above, or put that text between quotes",
        )

    def _stuck(self, row: int) -> Diagnostic | None:
        """A colon or a dash without the space that belongs behind it."""
        line = self._line_at(row)
        dash, key = _DASH_STUCK.match(line), _KEY_STUCK.match(line)
        bullet = _BULLET.match(line)
        if bullet:
            message = "this sign does not begin an item of a list"
            return self._at(row, bullet.end() - 1, 1, "yaml-syntax", message, "write `- `")
        if dash:
            message = "a space is missing behind this dash"
            return self._at(
                row, dash.end() - 1, 1, "yaml-syntax", message, "write `- ` for each item"
            )
        if key:
            message, hint = "a space is missing behind this colon", f"write `{key['key']}: …`"
            return self._at(row, key.end() - 1, 1, "yaml-syntax", message, hint)
        return None

    def _beginning(self) -> Diagnostic | None:
        """A value that begins with a sign that means something else to YAML."""
        lead = _LEAD.match(self._line)
        start = lead.end() if lead else 0
        value = self._line[start:].rstrip()
        if not value or self._column < start:
            return None
        if value[0] in ('"', "'"):
            return self._around_quote(start, value)
        if value[0] in "[{":
            return self._behind_bracket(start, value)
        if value[0] not in _BEGINNINGS or (value[0] == "-" and "sequence" not in self._problem):
            return None
        if value[0] == "%" and not start:
            return None
        code, message = _BEGINNINGS[value[0]]
        if value[0] in "|>":
            hint = "write the text into the lines below, indented"
        elif value[0] == "-":
            hint = "write each item of the list into a line of its own, below the key"
        else:
            hint = "remove it" if value[0] in "]}" else quoted(value)
        length = len(value) if code != "yaml-syntax" else 1
        return self._at(self._row, start, length, code, message, hint)

    def _around_quote(self, start: int, value: str) -> Diagnostic:
        if value[0] == "'" and value.count("'") % 2:
            message = "an apostrophe closes this text"
            inner = value.strip("'").replace("''", "'")
            hint = "write the apostrophe twice, or put the text between double quotes"
            if '"' not in inner and "\\" not in inner:
                hint = f'put it between double quotes: "{inner}"'
            return self._at(self._row, start, len(value), "yaml-quotes", message, hint)
        message = "more follows behind the quote that closes this text"
        hint = (
            quoted(inside(value)) if self._line[:start].strip() else "a key stands without quotes"
        )
        return self._at(self._row, start, len(value), "yaml-quotes", message, hint)

    def _behind_bracket(self, start: int, value: str) -> Diagnostic | None:
        if self._column <= start:
            return None
        if _FACT_IN_BRACES.match(value):
            message, hint = "YAML reads what begins with { as a group of keys", quoted(value)
            if re.match(r"\{[\w.]+\} *[<>=!&|]", value):
                hint = f"in a condition write {re.sub(r'[{}]', '', value)}"
            return self._at(self._row, start, len(value), "yaml-quotes", message, hint)
        if "expected key" not in self._problem:
            return None
        closing = self._line[: self._column].rstrip()[-1]
        return self._here("yaml-syntax", f"more follows behind this {closing}", "remove it")

    def _opened_above(self, quote: str) -> Diagnostic | None:
        for row in range(self._row - 1, -1, -1):
            line = self._line_at(row)
            if line.count(quote) % 2:
                message = f"a {quote} opens a text in this line and does not close it"
                hint = f"close it with another {quote}"
                return self._at(row, line.rindex(quote), 1, "yaml-quotes", message, hint)
        return None

    def _shape(self) -> Diagnostic | None:
        """Lines that do not stand below each other as YAML wants it."""
        indent = len(self._line) - len(self._line.lstrip(" "))
        words = len(self._line.strip())
        if "mapping values are not allowed" in self._problem:
            lead = _LEAD.match(self._line)
            if (start := lead.end() if lead else 0) and start < self._column:
                message = "YAML reads a colon with a space behind it as the end of a key"
                return self._here("yaml-quotes", message, quoted(self._line[start:]))
            above = self._row - 1
            while above >= 0 and not self._line_at(above).strip():
                above -= 1
            stuck = self._stuck(above)
            if stuck:
                return stuck
            if above < 0:
                return None
            message = "this line is indented deeper than the one above, which has a value already"
            hint = "indent it like the line above, or give that one no value"
            return self._at(self._row, indent, words, "yaml-indentation", message, hint)
        if self._column > indent or not words:
            return None
        if "block mapping" in self._context or "block collection" in self._context:
            wanted = self._start.column
            if indent != wanted:
                message = f"this line is indented by {_spaces(indent)}, which fits none above"
                hint = f"indent it by {_spaces(self._fitting(indent))}"
            elif "collection" in self._context:
                message, hint = "a list goes on with `- `, this line does not", "begin it with `- `"
            else:
                message = "this line stands below keys, and is no `key: value`"
                hint = "an item of a list stands right below the key it belongs to"
            return self._at(self._row, indent, words, "yaml-indentation", message, hint)
        if "<document start>" in self._problem and self._row and self._column == 0:
            message = "this line is indented less than the first one of the file"
            hint = "begin keys like `rules:` at the left margin"
            return self._at(self._row, 0, words, "yaml-indentation", message, hint)
        return None

    def _fitting(self, indent: int) -> int:
        """The indentation of a line above that this one is nearest to."""
        dash = self._line.lstrip().startswith("-")
        found, limit = [0], 1000
        for row in range(self._row - 1, -1, -1):
            line = self._line_at(row)
            lead = re.match(r" *(- +)*", line)
            if lead is None or not line.strip() or line.lstrip().startswith("#"):
                continue
            dashes = [at for at, sign in enumerate(lead[0]) if sign == "-"]
            open_ = [at for at in (dashes if dash else [lead.end()]) if at <= limit]
            found += open_
            limit = min([limit, *dashes, lead.end()])
        return min(found, key=lambda at: (abs(at - indent), -at))

    def _rest(self) -> Diagnostic:
        if "YAML document" in self._problem or "directive" in self._context:
            message = "a line that begins with % is not read here"
            return self._at(
                self._row, 0, len(self._line), "yaml-syntax", message, "remove the line"
            )
        message = "YAML can't read this"
        return self._here("yaml-syntax", message, "check the quotes, colons and brackets before it")


def _spaces(number: int) -> str:
    return "no space" if number == 0 else "1 space" if number == 1 else f"{number} spaces"
