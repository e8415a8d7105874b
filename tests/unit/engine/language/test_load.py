"""Rule files to a rulebook; of those that can't be used, every problem (see tests/diagnostics/)."""

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


def rule(name: str = "adult", stage: str = "eligibility", **changes: str) -> str:
    """A rule's YAML; a change replaces the line of its key, or adds one."""
    return _changed(RULE.format(name=name, stage=stage), changes)


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


def test_problems_are_shown_with_their_line_a_caret_and_a_hint() -> None:
    text = "rules:\n" + rule(moment="NEVER", titel="x", require="candidate.agee > 17")
    with pytest.raises(RefusedDocuments) as refused:
        ruleset_of(text, vocabulary=VOCABULARY)
    assert str(refused.value) == (
        "rules/a.yaml:6:14: error[unknown-fact]: there is no fact `candidate.agee`\n"
        "  6 |     require: candidate.agee > 17\n"
        "    |              ^^^^^^^^^^^^^^\n"
        "    = hint: did you mean `candidate.age`?\n"
        "rules/a.yaml:7:13: error[wrong-value]: this must be one of: ZMOT, FMOT, SMOT, AMOT, LMOT\n"
        "  7 |     moment: NEVER\n"
        "    |             ^^^^^\n"
        "rules/a.yaml:10:5: error[unknown-key]: there is no key `titel` here\n"
        "  10 |     titel: x\n"
        "     |     ^^^^^\n"
        "     = hint: did you mean `title`?"
    )
    assert refused.value.message == "3 problems in configuration or rules"
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("written", "at"),
    [
        (">-\n      candidate.age > 1 &&\n      candidate.agee < 3", "8:7+14"),
        ("|\n      candidate.age > 1 &&\n        candidate.agee < 3", "8:9+14"),
        ("candidate.age > 1 &&\n      candidate.agee < 3", "7:7+14"),
        ('"candidate.age > 1 &&\n\n      candidate.agee < 3"', "8:7+14"),
        ('"\\"x\\" == \\"\\u00e9\\" || candidate.agee < 3"', "6:38+14"),
        ("'\"it''s\" == candidate.agee'", "6:26+14"),
        ("candidate.age >", "6:29+1"),
        ("'candidate.age >'", "6:30+1"),
        (">-\n      candidate.age >", "7:22+1"),
        ("\n      - candidate.age > 1\n      - '  candidate.agee > 1'", "8:12+14"),
    ],
)
def test_a_caret_stands_where_the_wrong_word_is_written(written: str, at: str) -> None:
    text = "rules:\n" + rule(require=written)
    (problem,) = problems_of(text, vocabulary=VOCABULARY)
    place = problem.place
    assert f"{place.line}:{place.column}+{place.length}" == at, problem.render({place.file: text})


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
        ("c.yaml", "duplicate-id"),
        ("c.yaml", "missing-language"),
        ("c.yaml", "wrong-type"),
        ("d.yaml", "yaml-syntax"),
    ]


def test_one_problem_of_a_rule_does_not_hide_the_others() -> None:
    text = "rules:\n" + rule(
        id="Not An Id", title="12", owner="<none>", require="[5, candidate.agee > 1]", moment="XMOT",
        reason='{en: "{stock.pric}", fr: "Non"}', legal="yes", from_="2026-02-30", titel="x",
    )  # fmt: skip
    found = [(p.place.line, p.code) for p in problems_of(text, vocabulary=VOCABULARY)]
    assert found == [
        (2, "missing-key"),
        (2, "wrong-value"),
        (3, "wrong-value"),
        (5, "wrong-value"),
        (5, "unknown-fact"),
        (6, "wrong-value"),
        (8, "unknown-placeholder"),
        (8, "unknown-language"),
        (9, "yaml-word"),
        (10, "bad-date"),
        (11, "unknown-key"),
    ]


def test_a_problem_is_told_once() -> None:
    text = "rules:\n" + rule(
        stage_="no", applies="*x", require="!!str 5", reason="{en: 012}", from_="2026-13-01"
    )
    text += decision("given: {signal: 012}\n    block: 5")
    found = problems_of(text, vocabulary=VOCABULARY)
    places = [p.place.line for p in found]
    assert len(places) == len(set(places)) == 7, [p.render({"rules/a.yaml": text}) for p in found]


@pytest.mark.parametrize(
    "broken",
    [
        "rules:\n" + rule(id="Adult"),
        "rules:\n" + rule(id="<none>", titel="x"),
        "rulez:\n" + rule(),
        "rules: 5\n",
        "rules: [5]\n",
        "rules:\n" + rule() + " x\n",
        "rules:\n" + rule("other") + "rules:\n" + rule(),
        "signals: [{id: S}]\n",
    ],
)
def test_a_name_that_a_broken_file_may_define_is_not_told_as_missing(broken: str) -> None:
    uses = decision("given: {failed: eligibility.adult, signal: vip}\n    propose: X")
    codes = {p.code for p in problems_of(broken, uses, vocabulary=VOCABULARY)}
    assert codes
    assert not codes & {"unknown-rule", "unknown-signal"}


def test_names_are_looked_up_as_soon_as_all_ids_can_be_read() -> None:
    broken = "rules:\n" + rule(moment="NEVER")
    uses = decision("given: {failed: eligibility.adlut, passed: eligibility.adult}\n    propose: X")
    found = problems_of(broken, uses, vocabulary=VOCABULARY)
    assert [(p.code, p.hint) for p in found] == [
        ("wrong-value", ""),
        ("unknown-rule", "did you mean `eligibility.adult`?"),
    ]


@pytest.mark.parametrize(
    ("raised", "cycle"),
    [
        (["a b", "b a"], "b → a → b"),
        (["a a"], "a → a"),
        (["a b", "b c", "c a", "c b"], "c → a → b → c"),
        (["a b", "a c", "b d", "c d"], ""),
        (["a b", "b c"], ""),
    ],
)
def test_signals_may_follow_each_other_and_not_themselves(raised: list[str], cycle: str) -> None:
    pairs = [pair.split() for pair in raised]
    text = "signals: [{id: a}]\ndecisions:\n" + "".join(
        f"  - {{id: d{i}, given: {{signal: {one}}}, signal: {other}}}\n"
        for i, (one, other) in enumerate(pairs)
    )
    found = problems_of(text, vocabulary=VOCABULARY)
    assert [p.code for p in found] == ["signal-cycle"] * bool(cycle)
    assert cycle == "" or set(found[0].message.split(": ")[1].split(" → ")) == set(
        cycle.split(" → ")
    )


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


def test_a_sentence_without_a_language_is_hinted_in_the_first_of_the_project() -> None:
    text = f"rules:\n{rule(reason='Demasiado joven')}"
    with pytest.raises(RefusedDocuments) as refused:
        load_rules([RuleText("a.yaml", text)], VOCABULARY, ["es", "ca"])
    assert [d.hint for d in refused.value.diagnostics] == ["write reason: {es: …}"]
