"""One candidate in words: verdict, what would have to change, rules, decisions, queue, facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_HOLDS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}
_STYLES = {"passed": "green", "failed": "bold red", "unknown": "bold yellow"}
_ORDER = ("failed", "unknown", "passed", "not-applicable", None)
_WAYS = 3


def print_candidate(row: Mapping[str, Any], out: Console) -> None:
    """Everything that `explain_candidate` tells of one row of a list."""
    style = "bold green" if row["verdict"] == "allowed" else "bold red"
    name = f"{row['candidate_id']} (row {row['row']}): "
    out.print(Text.assemble(name, (row["verdict"], style), f", as of {row['as_of']}"))
    for reason in row["reasons"]:
        _say(out, f"  {reason['outcome']}: {reason['rule']}: {reason['sentence']}")
        if reason.get("remedy"):
            _say(out, f"    what would help: {reason['remedy']}", "dim")
    if "way_out" in row:
        _way_out(row, out)
    _heading("Rules, with the values put in", out)
    for rule in sorted(row["rules"], key=lambda r: _ORDER.index(r["outcome"])):
        _rule(rule, out)
    _signals(row["signals"], out)
    _decisions(row["decisions"], out)
    if row["queue"] is not None:
        _heading("The queue for room", out)
        _queue(row["queue"], "stands", "gets", out)
    _facts(row["facts"], out)


def old(seconds: int | None) -> str:
    """An age as people say it.

    >>> old(48_600), old(200_000), old(59), old(-7200), old(None)
    ('13 h 30 min', '2 days 7 h', '59 s', '2 h ahead of the clock', '')
    """
    if seconds is None:
        return ""
    if seconds < 0:
        return f"{old(-seconds)} ahead of the clock"
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        parts = [f"{days:,} day{'' if days == 1 else 's'}", f"{hours} h" if hours else ""]
    elif hours or minutes:
        parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    else:
        parts = [f"{seconds} s"]
    return " ".join(part for part in parts if part)


def _say(out: Console, text: str, style: str = "") -> None:
    out.print(Text(text, style=style), soft_wrap=True)


def _heading(title: str, out: Console) -> None:
    out.print()
    out.print(Text(title, style="bold"))


def _way_out(row: Mapping[str, Any], out: Console) -> None:
    told = row["way_out"]
    _heading("What would have to change", out)
    if told["given_up"]:
        _say(out, "  too many rules and decisions depend on each other to find the shortest way")
    elif told["shortest"]:
        _ways(told["shortest"], "at the least", out)
        plain = told["without_waivers"]
        if plain and len(plain[0]["changes"]) > len(told["shortest"][0]["changes"]):
            _ways(plain, "without a waiver", out)
    elif row["queue"] is None:
        _say(out, "  nothing that its conditions could say would clear it")
    if row["queue"] is not None:
        denying = [pool for pool, its in row["queue"]["pools"].items() if its["denies"]]
        _say(out, f"  room in {' and '.join(denying)}; no rule and no decision blocks it")
    if row["queue"] is None:
        _say(out, "  Then, its facts otherwise as they are, there is the queue for room:")
        _queue(told["queue"], "would stand", "get", out)


def _ways(ways: list[Mapping[str, Any]], title: str, out: Console) -> None:
    count = len(ways[0]["changes"])
    _say(out, f"  {title} {count} condition{'' if count == 1 else 's'}:")
    for number, way in enumerate(ways[:_WAYS]):
        if number:
            _say(out, "  or")
        for change in way["changes"]:
            mark, style = _HOLDS[change["holds"]]
            must = "must hold" if change["must_hold"] else "must not hold"
            line = Text.assemble("    ", (mark, style), f" {', '.join(change['of'])} {must}: ")
            out.print(line.append(_with_values(change)), soft_wrap=True)
        for decision, rules in way["waived_by"].items():
            _say(out, f"      {decision} then waives {', '.join(rules)}", "dim")
    if len(ways) > _WAYS:
        _say(out, f"  or others of {count} (see --json)", "dim")


def _with_values(line: Mapping[str, Any]) -> str:
    text, put_in = " ".join(line["text"].split()), " ".join(line["put_in"].split())
    return text if text == put_in else f"{text}   →   {put_in}"


def _rule(rule: Mapping[str, Any], out: Console) -> None:
    outcome = rule["outcome"] or "not evaluated"
    notes = [f"waived by {', '.join(rule['waived_by'])}"] if rule["waived_by"] else []
    if not rule["blocks"]:
        notes.append("in shadow mode" if rule["mode"] == "shadow" else "a warning only")
    notes += [] if rule["in_effect"] else ["not in effect on this day"]
    note = f" ({'; '.join(notes)})" if notes else ""
    name = Text.assemble((f"{outcome:<15}", _STYLES.get(outcome, "dim")), rule["id"], note)
    out.print(name.append(f"  {rule['at']}", style="dim"), soft_wrap=True)
    for part, prefix in (("applies", "applies: "), ("conditions", "")):
        for line in rule[part]:
            mark, style = _HOLDS[line["holds"]]
            text = Text.assemble(" " * 15, (mark, style), f" {prefix}{_with_values(line)}")
            out.print(text, soft_wrap=True)


def _signals(signals: Mapping[str, Any], out: Console) -> None:
    if not signals:
        return
    _heading("Signals", out)
    marks = {"certain": True, "no": False}
    for name, signal in signals.items():
        mark, style = _HOLDS[marks.get(signal["strength"])]
        out.print(Text.assemble("  ", (mark, style), f" {name} ({signal['strength']})"))
        for line in signal["when"]:
            _say(out, f"      {_with_values(line)}", "dim")


def _decisions(decisions: list[Mapping[str, Any]], out: Console) -> None:
    if not decisions:
        return
    _heading("Decisions, in the order in which they fired", out)
    verbs = {"signal": "raises", "waive": "waives", "propose": "proposes", "block": "blocks, at"}
    for number, told in enumerate(decisions, 1):
        given = "; ".join(f"{key} {', '.join(names)}" for key, names in told["given"].items())
        (key, what), *_ = told["does"].items()
        what = ", ".join(what) if isinstance(what, list) else what
        because = f": {told['because']}" if told["because"] else ""
        _say(out, f"  {number}. {told['id']} ({told['strength']}) {verbs[key]} {what}{because}")
        _say(out, f"     given {given}", "dim")


def _queue(queue: Mapping[str, Any], stands: str, gets: str, out: Console) -> None:
    room = "room" if queue["granted"] else "no room"
    _say(out, f"  it {stands} at place {queue['place']:,} and {gets} {room}")
    for pool, its in queue["pools"].items():
        if not its["counted"]:
            _say(out, f"  ✗ {pool}: what its room is counted by, or its limit, is not known")
            continue
        mark = "✗" if its["denies"] else "✓"
        last = its["last_granted"]
        words = f"room for {its['room']:,}, {its['granted']:,} granted"
        words += "" if last is None else f", the last at place {last:,}"
        _say(out, f"  {mark} {pool}: {words}")


def _facts(facts: Mapping[str, Any], out: Console) -> None:
    _heading("Facts", out)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in ("fact", "value", "as of", "how old"):
        table.add_column(column, overflow="fold")
    for name, fact in facts.items():
        value = fact["value"] if fact["state"] == "value" else f"({fact['state']})"
        table.add_row(*map(Text, (name, value, fact["as_of"] or "", old(fact["age_seconds"]))))
    out.print(table)
