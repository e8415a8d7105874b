"""Lint of a rulebook that a test writes, over the facts of the shipped config.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from adapters.config.load import Settings, load_settings
from engine.language.cases import Case, read_cases
from engine.language.lint.findings import Finding, Report
from engine.language.lint.lint import lint
from engine.language.lint.solver import Solver
from engine.language.load import RuleText, load_rules
from tests.support.command_line import ROOT

RULE = """\
  - id: data.r{n}
    title: "…"
    owner: tests
    stage: data
    moment: FMOT
    pain: "…"
    reason: {{en: "…"}}
"""
POOL = """\
pools:
  - id: stock.units
    title: "…"
    owner: tests
    moment: FMOT
    pain: "…"
    reason: {en: "…"}
    limit: 1
"""

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@lru_cache(maxsize=1)
def _settings() -> Settings:
    return load_settings(ROOT / "config.yaml")


def lint_texts(
    rules: str,
    *,
    tests: Sequence[str] = (),
    languages: Sequence[str] = ("en",),
    now: datetime = NOW,
    proofs: bool = True,
) -> Report:
    """What lint says of one rule file; everything in the texts must be valid."""
    settings = _settings()
    zone = ZoneInfo(settings.config.time_zone)
    ruleset = load_rules([RuleText("rules.yaml", rules)], settings.vocabulary, languages)
    cases: list[Case] = []
    for text in tests:
        found, problems = read_cases(
            "rules.test.yaml", text, settings.vocabulary, ruleset, zone.key
        )
        assert not problems, problems
        cases += found
    solve = Solver(settings.vocabulary, now, zone, 5.0) if proofs else None
    keys = {name: list(s.key.values()) for name, s in settings.config.sources.items()}
    return lint(ruleset, settings.vocabulary, cases, keys, now, zone, solve)


def rules(*parts: str) -> str:
    """Rules data.r1, data.r2 … that have these keys."""
    lines = ["rules:\n"]
    for n, keys in enumerate(parts, 1):
        lines.append(RULE.format(n=n) + "".join(f"    {k}\n" for k in keys.splitlines()))
    return "".join(lines)


def signals(**when: str) -> str:
    return "signals:\n" + "".join(f"  - {{id: {n}, when: '{w}'}}\n" for n, w in when.items())


def decisions(*parts: str) -> str:
    return "decisions:\n" + "".join(
        f"  - {{id: d{n}, owner: tests, {part}}}\n" for n, part in enumerate(parts, 1)
    )


def proven(text: str, **more: object) -> list[tuple[str, int]]:
    """Codes and lines of what lint says, but for tests that are missing."""
    report = lint_texts(text, **more)  # type: ignore[arg-type]
    return [(f.diagnostic.code, f.diagnostic.place.line) for f in about_conditions(report)]


def about_conditions(report: Report) -> list[Finding]:
    return [f for f in report.findings if f.diagnostic.code != "lint-no-test"]
