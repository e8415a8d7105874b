"""Rule files that can't be used, and every problem in them, as their authors read it."""

from __future__ import annotations

import random

import pytest

from engine.diagnostics import RefusedDocuments
from engine.language.load import RuleText, load_rules
from engine.language.ruleset import Stage
from tests.support.columns import vocabulary_of
from tests.support.rulebooks import problems_of, ruleset_of

VOCABULARY = vocabulary_of(
    {
        "candidate.age": "integer",
        "candidate.priority": "integer",
        "candidate.tags": "list<string>",
        "stock.available": "integer",
        "stock.price": "number",
        "register.listed_on": "date",
    }
)

RULE = """\
  - id: {stage}.{name}
    title: A rule
    owner: sales
    stage: {stage}
    require: candidate.age > 17
    moment: FMOT
    pain: wrong-person
    reason: {{en: "No", it: "No"}}
"""
POOL = """\
  - id: pool.{name}
    title: A pool
    per: candidate.customer_id
    limit: {limit}
    order: {order}
    moment: FMOT
    pain: wait
    reason: {{en: "No"}}
"""


def rule(name: str = "adult", stage: str = "eligibility", **changes: str) -> str:
    """A rule's YAML; a change replaces the line of its key, or adds one."""
    return _changed(RULE.format(name=name, stage=stage), changes)


def pool(name: str, limit: str = "1", order: str = "candidate.priority desc", **more: str) -> str:
    return _changed(POOL.format(name=name, limit=limit, order=order), more)


def _changed(text: str, changes: dict[str, str]) -> str:
    lines = text.splitlines(keepends=True)
    for name, value in changes.items():
        key = name.rstrip("_")
        at = [i for i, line in enumerate(lines) if line.lstrip(" -").startswith(f"{key}:")]
        new = "" if value == "<none>" else f"    {key}: {value}\n"
        if at:
            lines[at[0]] = new.replace("    ", "  - ", 1) if key == "id" else new
        else:
            lines.append(new)
    return "".join(lines)


def decision(body: str) -> str:
    return f"decisions:\n  - id: d\n    {body}\n"


RULES = "rules:\n" + rule() + rule("legal-age", legal="true") + rule("b", stage="data")

# The file, the code, line:column, words of the message, words of the hint.
PROBLEMS = [
    ("rules:\n" + rule(titel="x"), "unknown-key", "10:5", "`titel`", "did you mean `title`?"),
    ("rulez: []\n", "unknown-key", "1:1", "`rulez`", "did you mean `rules`?"),
    ("signals: [{id: s, xyz: 1}]\n", "unknown-key", "1:19", "`xyz`", "known here: id, title, when"),
    ("rules:\n" + rule(owner="<none>"), "missing-key", "2:5", "`owner` is missing", "add `owner:"),
    ("rules:\n" + rule(require="<none>"), "missing-key", "2:5", "`require`", "add"),
    ("rules:\n" + rule(moment="FMOTT"), "wrong-value", "7:13", "one of: ZMOT", ""),
    ("rules:\n" + rule(mode="off-ish"), "wrong-value", "10:11", "enforce, shadow", ""),
    ("rules:\n" + rule(title="12"), "wrong-value", "3:12", "must be a text", ""),
    ("rules:\n" + rule(title='" "'), "wrong-value", "3:13", "must not be empty", ""),
    ("rules:\n" + rule(legal='"maybe"'), "wrong-value", "10:13", "true or false", ""),
    ("rules:\n" + rule(from_="2026-01"), "wrong-value", "10:11", "a date like", ""),
    ("rules:\n" + rule(require="[]"), "wrong-value", "6:14", "must not be empty", ""),
    ("rules: 3\n", "wrong-value", "1:8", "must be a list", ""),
    ("- 3\n", "wrong-value", "1:1", "`key: value`", ""),
    ("just a text\n", "wrong-value", "1:1", "`key: value`", ""),
    ("rules:\n" + rule(id="adult"), "bad-id", "2:9", "begins with", "eligibility.adult"),
    ("rules:\n" + rule(id="Eligibility.Adult"), "wrong-value", "2:9", "", ""),
    ("rules:\n" + rule(id="invalid"), "bad-id", "2:9", "", ""),
    (
        "rules:\n" + rule(from_="2026-02-01", until="2026-01-31"), "bad-dates", "11:12",
        "ends before it begins", "",
    ),
    (
        "rules:\n" + rule(legal="true", on_unknown="allow"), "legal-rule", "11:17",
        "may not allow", "",
    ),
    (
        "rules:\n" + rule(require="candidate.agee > 17"), "unknown-fact", "6:14",
        "`candidate.agee`", "did you mean `candidate.age`?",
    ),
    (
        "rules:\n" + rule(require='[candidate.age > 1, "candidate.age > x"]'), "unknown-fact",
        "6:51", "`x`", "",
    ),
    ("rules:\n" + rule(applies="candidate.age"), "wrong-type", "10:14", "yes/no", ""),
    ("rules:\n" + rule(reason='{it: "No"}'), "missing-language", "9:13", "`en`", ""),
    ("rules:\n" + rule(reason='{en: "No", fr: "Non"}'), "unknown-language", "9:29", "`fr`",
     "there: en, it"),
    ("rules:\n" + rule(reason='{en: "At {candidate.agee}"}'), "unknown-placeholder", "9:19",
     "`candidate.agee`", "`candidate.age`"),
    ("rules:\n" + rule(reason='{en: "At {}"}'), "unknown-placeholder", "9:19", "``", ""),
    ("rules:\n" + rule(reason='{en: "At {candidate.age:d}"}'), "unknown-placeholder", "9:19",
     "", ""),
    ("rules:\n" + rule(reason='{en: "At {candidate.age!r}"}'), "unknown-placeholder", "9:19",
     "", ""),
    ("rules:\n" + rule(reason='{en: "100 } off"}'), "bad-placeholder", "9:19", "alone", "{{"),
    ("rules:\n" + rule() + rule(), "duplicate-id", "10:9", "is taken", "rules/a.yaml:2:9"),
    ("signals: [{id: duplicate}]\n", "duplicate-id", "1:16", "reserved", ""),
    (RULES + decision("given: {failed: data.b}\n    waive: eligibility.legal-age"), "waives-legal",
     "28:9", "`legal: true`", "can't be waived"),
    (RULES + decision("given: {failed: data.c}\n    propose: X"), "unknown-rule", "28:9",
     "`data.c`", "`data.b`"),
    (RULES + decision("given: {signal: vip}\n    propose: X"), "unknown-signal", "28:9",
     "`vip`", ""),
    (RULES + decision("given: {passed: data.b}\n    waive: data.x"), "unknown-rule", "28:9",
     "`data.x`", ""),
    (RULES + decision("given: {failed: data.b}\n    propose: X\n    signal: s"), "one-effect",
     "28:9", "propose and signal", "split it in two"),
    (RULES + decision("given: {failed: data.b}"), "one-effect", "28:9", "nothing", ""),
    (RULES + decision("given: {}\n    propose: X"), "empty-given", "29:12", "nothing", "name a"),
    (RULES + decision("given: {failed: [data.b], at_least: 2}\n    propose: X"), "at-least",
     "29:41", "can't be reached with 1 names", ""),
    (RULES + decision("given: {failed: [data.b, data.b], at_least: 2}\n    propose: X"),
     "at-least", "29:49", "with 1", ""),
    (RULES + decision("given: {failed: data.b, at_least: 0}\n    propose: X"), "wrong-value",
     "29:39", "", ""),
    ("pools:\n" + pool("a") + pool("b", order="candidate.priority asc"), "pool-order", "10:9",
     "candidate.priority asc", "same `order`"),
    ("pools:\n" + pool("a") + pool("b", order="[]"), "wrong-value", "14:12", "", ""),
    ("pools:\n" + pool("a", order="candidate.priority"), "bad-order", "6:12", "direction",
     "candidate.priority desc"),
    ("pools:\n" + pool("a", order="candidate.tags desc"), "wrong-type", "6:12", "ordered", ""),
    ("pools:\n" + pool("a", limit="stock.price"), "wrong-type", "5:12", "a whole number", ""),
    ("pools:\n" + pool("a", limit="1.5"), "wrong-value", "5:12", "", ""),
    ("pools:\n" + pool("a", per="candidate.tags"), "wrong-type", "4:10", "list of texts", ""),
    ("pools:\n" + pool("a", per="candidate.agee"), "unknown-fact", "4:10", "", "candidate.age"),
    ("pools:\n" + pool("a", take_up="0.5"), "take-up", "10:14", "`risk`", ""),
    ("pools:\n" + pool("a", risk="0.5"), "take-up", "10:11", "`take_up`", ""),
    ("pools:\n" + pool("a", take_up="1.5", risk="0.1"), "wrong-value", "10:14", "", ""),
    ("pools:\n" + pool("a", take_up="0.5", risk="1.0"), "wrong-value", "11:11", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "at", "message", "hint"), PROBLEMS, ids=[f"{p[1]} {p[2]}" for p in PROBLEMS]
)
def test_a_rulebook_that_can_t_be_used_says_what_and_where(
    text: str, code: str, at: str, message: str, hint: str
) -> None:
    found = problems_of(text, vocabulary=VOCABULARY)
    assert code in [p.code for p in found], [p.render({"rules/a.yaml": text}) for p in found]
    problem = next(p for p in found if p.code == code)
    assert f"{problem.place.line}:{problem.place.column}" == at
    assert message in problem.message
    assert hint in problem.hint


def test_problems_are_shown_with_their_line_a_caret_and_a_hint() -> None:
    text = "rules:\n" + rule(moment="NEVER", titel="x", require="candidate.agee > 17")
    with pytest.raises(RefusedDocuments) as refused:
        ruleset_of(text, vocabulary=VOCABULARY)
    assert str(refused.value) == (
        "rules/a.yaml:7:13: error[wrong-value]: this must be one of: ZMOT, FMOT, SMOT, AMOT, LMOT\n"
        "  7 |     moment: NEVER\n"
        "    |             ^^^^^\n"
        "rules/a.yaml:10:5: error[unknown-key]: there is no key `titel` here\n"
        "  10 |     titel: x\n"
        "     |     ^^^^^\n"
        "     = hint: did you mean `title`?"
    )
    assert refused.value.message == "2 problems in configuration or rules"
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("start", [">-\n      ", "|\n      ", ""])
def test_a_problem_in_a_condition_of_several_lines_is_put_at_its_start(start: str) -> None:
    require = f"{start}candidate.age > 1 &&\n      candidate.agee < 3"
    (problem,) = problems_of("rules:\n" + rule(require=require), vocabulary=VOCABULARY)
    assert (problem.code, problem.place.line, problem.place.column) == ("unknown-fact", 6, 14)


def test_every_problem_of_every_file_is_reported_at_once() -> None:
    good = "rules:\n" + rule("fine")
    texts = (
        "rules:\n" + rule(require="candidate.agee > 1", until="2026-01-01", from_="2026-02-01"),
        good,
        "rules:\n" + rule(reason="{it: x}", applies="candidate.age"),
        "a: [\n",
    )
    found = problems_of(*texts, vocabulary=VOCABULARY)
    assert [(p.place.file[-6:], p.code) for p in found] == [
        ("a.yaml", "unknown-fact"),
        ("a.yaml", "bad-dates"),
        ("c.yaml", "missing-language"),
        ("c.yaml", "wrong-type"),
        ("d.yaml", "yaml-syntax"),
    ]


def test_a_name_that_only_a_broken_file_could_define_is_not_reported_as_missing() -> None:
    broken = "rules:\n" + rule(moment="NEVER")
    uses = decision("given: {failed: eligibility.adult}\n    propose: X")
    codes = [p.code for p in problems_of(broken, uses, vocabulary=VOCABULARY)]
    assert codes == ["wrong-value"]


def test_a_duplicate_id_across_files_names_the_other_place() -> None:
    (problem,) = problems_of("rules:\n" + rule(), "rules:\n" + rule(), vocabulary=VOCABULARY)
    assert problem.render() == (
        "rules/b.yaml:2:9: error[duplicate-id]: the id `eligibility.adult` is taken\n"
        "    = hint: it stands at rules/a.yaml:2:9 too"
    )


def test_what_is_left_out_has_its_default() -> None:
    (found,) = ruleset_of("rules:\n" + rule(), vocabulary=VOCABULARY).rules
    assert (found.id, found.stage, found.title) == (
        "eligibility.adult", Stage.ELIGIBILITY, "A rule",
    )  # fmt: skip
    assert not any([found.shadow, found.warn, found.allow_unknown, found.legal])
    assert (found.from_, found.until, found.applies, found.remedy) == (None, None, (), {})
    assert found.can_block
    assert [c.text for c in found.require] == ["candidate.age > 17"]
    assert str(found.require[0].place) == "rules/a.yaml:6:14"


def test_an_empty_rulebook_has_nothing_to_say() -> None:
    ruleset = ruleset_of(vocabulary=VOCABULARY)
    assert (ruleset.rules, ruleset.signals, ruleset.decisions, ruleset.pools) == ((), (), (), ())
    assert ruleset.order == ()


@pytest.mark.parametrize("text", ["", "# a remark\n", "rules: []\n", "rules: []\npools: []\n"])
def test_a_file_that_holds_nothing_is_refused(text: str) -> None:
    (problem,) = problems_of(text, vocabulary=VOCABULARY)
    assert problem.code == "empty-file"


def test_the_order_of_files_and_of_rules_changes_nothing() -> None:
    rules = [rule(name) for name in "abcdef"] + [rule(name, stage="data") for name in "xyz"]
    parts = [*("rules:\n" + "".join(rules[i::3]) for i in range(3)), "signals: [{id: s}, {id: t}]"]
    files = [RuleText(f"rules/{i}.yaml", text) for i, text in enumerate(parts)]
    first = load_rules(files, VOCABULARY, ("en", "it"))
    shuffler = random.Random(1)
    for _ in range(5):
        shuffler.shuffle(files)
        assert load_rules(files, VOCABULARY, ("en", "it")) == first
    turned = [RuleText("rules/all.yaml", "rules:\n" + "".join(reversed(rules)))]
    again = load_rules(turned, VOCABULARY, ("en", "it"))
    assert [r.id for r in again.rules] == [r.id for r in first.rules]
    assert again.digest != first.digest


def test_any_change_of_a_rule_file_changes_the_digest() -> None:
    text = "rules:\n" + rule()
    digests = {
        ruleset_of(changed, vocabulary=VOCABULARY).digest
        for changed in (text, text + "\n", text + "# a remark", text.replace("17", "18"))
    }
    assert len(digests) == 4
