"""A run asks a service while it screens; who gets no answer is not called, and the reason says why."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import AS_OF, Said, upfront, write
from tests.support.small_project import CONFIG, RULES, small_project
from tests.support.tmf_acts import later, reset, truncated
from tests.support.tmf_server import TmfServer, status, tmf_server

TOKEN = "s3cret-token-of-ours"
SOURCE = """\
  line:
    read:
      tmf645:
        url: ${LINE_API}/
        auth: {bearer: "${LINE_TOKEN}"}
        retries: 0
        cache_for: 365d
    key: {place: candidate.phone}
    fields:
      result: string
      technology: {type: string, column: characteristic.technology}
      reasons: {type: list<string>, separator: "|"}
"""
RULE = """\
  - id: feasibility.fibre-there
    title: Fibre reaches the house
    owner: tests
    stage: feasibility
    applies: candidate.offer_id == "FIBRE"
    require:
      - line.result == "qualified"
      - line.technology == "FTTH"
    moment: FMOT
    pain: withdrawn.not-feasible
    reason: {en: "line: {line.result}, {line.technology}"}
"""
PHONES = {lead: f"+3319977700{n}" for n, lead in enumerate(("F0", "F1", "F2", "F3", "F4", "F5"))}
LIST = "\n".join(
    [
        "lead,customer,offer,age,priority,sku,phone",
        *(f"{lead},C-{lead},FIBRE,40,1,,{phone}" for lead, phone in PHONES.items()),
        "P1,C-P1,PHONE,40,1,X1,+33199777099",
        "",
    ]
)
FIBRE = {"service": {"serviceCharacteristic": [{"name": "technology", "value": "FTTH"}]}}


@pytest.fixture
def server() -> Iterator[TmfServer]:
    with tmf_server(token=TOKEN) as running:
        running.answers = {
            PHONES["F0"]: FIBRE,
            PHONES["F1"]: {"qualificationResult": "unqualified"},
        }
        running.acts = {
            PHONES["F2"]: [status(500)],
            PHONES["F3"]: [reset],
            PHONES["F4"]: [truncated],
            PHONES["F5"]: [later(status(404))],
        }
        yield running


@pytest.fixture
def project(tmp_path: Path, server: TmfServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LINE_API", server.url)
    monkeypatch.setenv("LINE_TOKEN", f"{TOKEN}\n")
    rules = RULES.replace("pools:\n", f"{RULE}pools:\n")
    texts = {"config.yaml": CONFIG + SOURCE, "rules/all.yaml": rules, "list.csv": LIST}
    return write(small_project(tmp_path), texts)


def run(folder: Path) -> tuple[Said, set[str], dict[str, Any]]:
    """What a run said, whom it allowed, and why it blocked the others."""
    said = upfront(folder, "run", "list.csv", "--as-of", AS_OF, "--overwrite")
    assert said.code == 0, said.err
    manifest = max(folder.glob("out/*/run.json"), key=lambda path: path.stat().st_mtime_ns)
    listed = {}
    for name in ("allowed", "blocked"):
        with (manifest.parent / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            listed[name] = list(csv.DictReader(stream))
    reasons = {row["candidate_id"]: json.loads(row["reasons"]) for row in listed["blocked"]}
    return said, {row["lead"] for row in listed["allowed"]}, reasons


@pytest.mark.slow
def test_who_gets_no_answer_is_blocked_until_another_run_gets_one(
    project: Path, server: TmfServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said, allowed, reasons = run(project)
    assert allowed == {"F0", "P1"}
    assert {lead: reason["outcome"] for lead, (reason,) in reasons.items()} == {
        "F1": "failed",
        "F2": "unknown",
        "F3": "unknown",
        "F4": "unknown",
        "F5": "unknown",
    }
    told = {lead: json.dumps(reason) for lead, (reason,) in reasons.items()}
    problems = {"F2": "http-500", "F3": "connection", "F4": "bad-answer", "F5": "http-404"}
    assert {lead: problem in told[lead] for lead, problem in problems.items()} == dict.fromkeys(
        problems, True
    )
    assert "4 of 7 keys got no usable answer" in said.out + said.err
    _nothing_leaks(project, said, caplog)

    before = server.asked()
    server.acts = {}
    server.answers |= {PHONES["F2"]: FIBRE}
    # The same list under another name of a lead is another run.
    (project / "list.csv").write_text(LIST.replace("P1,", "P2,"))
    _, allowed, _ = run(project)
    assert allowed == {"F0", "F2", "P2"}
    assert set(server.asked() - before) == {PHONES[lead] for lead in ("F2", "F3", "F4", "F5")}


def _nothing_leaks(folder: Path, said: Said, caplog: pytest.LogCaptureFixture) -> None:
    """See that no token and no key stands anywhere but in the lists."""
    planted = [TOKEN, *PHONES.values()]
    spoken = said.out + said.err + caplog.text
    assert [p for p in planted if p in spoken] == []
    files = [f for f in folder.rglob("*") if f.is_file()]
    texts = {f.relative_to(folder).as_posix(): f.read_bytes() for f in files}
    kept = {n: t for n, t in texts.items() if not n.endswith(".csv")}
    assert any(n.startswith(".upfront-cache/service-line.sqlite") for n in kept)
    assert "upfront.db" in kept
    assert [(p, n) for p in planted for n, t in kept.items() if p.encode() in t] == []
    lists = {n: t for n, t in texts.items() if n.endswith(".csv")}
    assert [n for n, t in lists.items() if TOKEN.encode() in t] == []
