"""Lists from well-known systems: their columns are known, what the user writes goes before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from adapters.config.candidates import CandidatesDocument
from adapters.config.fields import FieldDocument
from adapters.config.preset import PRESETS, preset
from engine.language.vocabulary import FactType
from tests.support.command_line import AS_OF, Said, upfront, write
from tests.support.schemas import validator

PRIVATE = ("name", "phone", "email", "street", "salutation")


def config(candidates: str) -> str:
    return (
        "version: 1\nrules: [rules.yaml]\nlanguages: [en]\ntime_zone: Europe/Rome\n"
        f"candidates: {candidates}\n"
    )


def rules(*required: str) -> str:
    return json.dumps(
        {
            "rules": [
                {
                    "id": f"consent.r{n}",
                    "title": "t",
                    "owner": "o",
                    "stage": "consent",
                    "require": condition,
                    "moment": "ZMOT",
                    "pain": "unwanted.no-consent",
                    "reason": {"en": "no"},
                }
                for n, condition in enumerate(required)
            ]
        }
    )


def plan(folder: Path, candidates: str, rule: str, listed: str) -> Said:
    write(folder, {"config.yaml": config(candidates), "rules.yaml": rules(rule), "l.csv": listed})
    return upfront(folder, "plan", "l.csv", "--as-of", AS_OF, "--json")


def allowed(said: Said) -> int:
    assert said.code == 0, said.err
    return int(said.data()["counts"]["allowed"])


def test_every_preset_has_its_file_and_no_file_is_without_one() -> None:
    folder = Path(__file__).parents[3] / "adapters/config/presets"
    assert sorted(PRESETS) == sorted(path.stem for path in folder.iterdir())
    annotation = CandidatesDocument.model_fields["preset"].annotation
    assert {name for part in get_args(annotation) for name in get_args(part)} == set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_preset_says_is_valid_and_hides_what_is_personal(name: str) -> None:
    given = CandidatesDocument.model_validate({"offer": {"value": "X"}, "preset": name})
    assert given.fields.keys() == preset(name)["fields"].keys()
    for field, document in given.fields.items():
        private = any(word in field for word in PRIVATE) and document.type is FactType.STRING
        assert not private or document.pii, field
        assert document.type is not FactType.BOOLEAN or (document.true_is and document.false_is)


def test_what_is_written_goes_before_and_the_rest_stays() -> None:
    fields = {
        "phone": {"type": "string", "column": "Telefono"},
        "lead_status": "integer",
        "age": "integer",
    }
    given = CandidatesDocument.model_validate(
        {"preset": "hubspot-list", "id": "row", "offer": "o", "fields": fields}
    )
    assert given.id.columns == ["row"]
    assert given.customer.columns == ["Record ID"]
    phone = FieldDocument(type=FactType.STRING, column="Telefono", pii=True)
    assert given.fields["phone"] == phone
    assert given.fields["lead_status"].column == "Lead Status"
    assert given.fields["age"].type is FactType.INTEGER
    assert given.is_by_preset("candidate.email")
    assert not given.is_by_preset("candidate.phone")
    assert not given.is_by_preset("candidate.age")


SALESFORCE = """\
"Id","CampaignId","LeadOrContactId","FirstName","Phone","DoNotCall"
"00v1","701A","00Q1","Ada","+39061234567","{0}"
"00v2","701A","00Q2","Bob","+39061234568","{1}"
"00v3","701A","00Q3","Cid","+39061234569",""
"""


@pytest.mark.parametrize(
    "words", [("1", "0"), pytest.param(("TRUE", "FALSE"), marks=pytest.mark.soak)]
)
def test_a_campaign_member_who_must_not_be_called_is_known_however_it_is_exported(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    candidates = "{preset: salesforce-campaign-member}"
    listed = SALESFORCE.format(*words)
    # A blank is no «no»: nobody may be called because a cell is empty.
    assert allowed(plan(tmp_path, candidates, "!candidate.do_not_call", listed)) == 1


DYNAMICS = """\
(Do Not Modify) Lead,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Do not allow Phone Calls
a-1,x,2026-03-01T10:00:00Z,Allow
a-2,x,2026-03-01T10:00:00Z,Do Not Allow
a-3,x,2026-03-01T10:00:00Z,do not allow
a-4,x,2026-03-01T10:00:00Z,Verboten
"""


def test_do_not_allow_is_the_true_of_do_not_phone(tmp_path: Path) -> None:
    candidates = "{preset: dynamics-marketing-list, offer: {value: FIBRE}}"
    assert allowed(plan(tmp_path, candidates, "!candidate.do_not_phone", DYNAMICS)) == 1
    assert allowed(plan(tmp_path, candidates, "candidate.do_not_phone", DYNAMICS)) == 2


def test_members_that_are_contacts_need_their_own_id_column(tmp_path: Path) -> None:
    candidates = "{preset: dynamics-marketing-list, offer: {value: FIBRE}}"
    contacts = DYNAMICS.replace(") Lead,", ") Contact,")
    said = plan(tmp_path, candidates, "!candidate.do_not_phone", contacts)
    assert said.code == 3
    assert "preset: dynamics-marketing-list" in said.err
    column = "(Do Not Modify) Contact"
    candidates = f'{candidates[:-1]}, id: "{column}", customer: "{column}"}}'
    assert allowed(plan(tmp_path, candidates, "!candidate.do_not_phone", contacts)) == 1


def test_an_export_may_lack_what_no_rule_reads_and_nothing_else(tmp_path: Path) -> None:
    candidates = "{preset: hubspot-list, offer: {value: X}}"
    listed = "Record ID,Email,Lifecycle Stage\n1,a@b.example,lead\n"
    assert allowed(plan(tmp_path, candidates, "candidate.lifecycle_stage == 'lead'", listed)) == 1
    said = plan(tmp_path, candidates, "!candidate.email_opt_out", listed)
    assert said.code == 3
    assert "`Unsubscribed from all email`" in said.err
    assert "preset: hubspot-list" in said.err
    # What the user declares has to be there, read or not.
    own = candidates[:-1] + ", fields: {age: integer}}"
    said = plan(tmp_path, own, "candidate.lifecycle_stage == 'lead'", listed)
    assert said.code == 3


CASES: list[tuple[dict[str, Any], bool]] = [
    ({"preset": "salesforce-campaign-member"}, True),
    ({"preset": "hubspot-list"}, False),
    ({"preset": "hubspot-list", "offer": "x"}, True),
    ({"preset": "dynamics-marketing-list"}, False),
    ({"preset": "hubspots"}, False),
    ({"id": "x", "customer": "x"}, False),
    ({"id": "x", "customer": "x", "offer": "x", "preset": None}, True),
    ({"preset": "hubspot-list", "offer": "x", "fields": {"phone": {"column": "x"}}}, False),
    ({"preset": "hubspot-list", "offer": "x", "fields": {"phone": "integer"}}, True),
    ({"preset": "hubspot-list", "offer": "x", "fields": None}, False),
]


@pytest.mark.parametrize(("candidates", "right"), CASES)
def test_editors_and_the_loader_agree_on_what_a_preset_leaves_to_say(
    candidates: dict[str, Any], right: bool
) -> None:
    whole = {"version": 1, "rules": "r", "languages": ["en"], "time_zone": "UTC"}
    assert (not list(validator("config").iter_errors({**whole, "candidates": candidates}))) == right
    try:
        CandidatesDocument.model_validate(candidates)
    except ValueError:
        assert not right
    else:
        assert right
