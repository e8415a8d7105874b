"""What config.yaml says of a service is what it is asked with; secrets come from the environment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from adapters.asking import ask
from adapters.config import services
from adapters.config.files import NotReadable
from adapters.config.load import Project, load_project
from adapters.config.services import SERVICES, offered
from adapters.sources.services.lookup import Service
from adapters.sources.services.settings import Bearer, Client, Reach
from adapters.sources.services.stock import StockCheck, StockLevels
from tests.support.small_project import CONFIG, small_project

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def project(folder: Path, read: str, rest: str = "key: {place: candidate.sku}") -> Project:
    small_project(folder)
    source = f"  line:\n    read: {read}\n    {rest}\n    fields: {{result: string}}\n"
    if "tmf687" in read and "quantity" not in read:
        source = source.replace("result: string", "available: integer")
    (folder / "config.yaml").write_text(CONFIG + source)
    return load_project(folder / "config.yaml")


def asked(given: Project) -> Service:
    found = ask(given, "line", NOW).lookup
    assert isinstance(found, Service)
    return found


def test_the_address_alone_is_enough(tmp_path: Path) -> None:
    found = asked(project(tmp_path, '{tmf645: "https://h.example/v4/"}'))
    assert found._reach == Reach("https://h.example/v4")
    assert (found._as_whom, found._keeping) == (None, None)
    assert found._dating.as_of == NOW


def test_everything_can_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "h.example")
    monkeypatch.setenv("SECRET", "s3cret\n")
    read = """{tmf687: {url: "https://${HOST}/v4", quantity: 2, timeout: 3s, deadline: 2h,
      concurrency: 4, retries: 1, give_up_after: 7, poll_every: 5s, cache_for: 24h, instant: false,
      auth: {oauth2: {token_url: "https://${HOST}/token", client_id: us, client_secret: "${SECRET}"}}}}"""
    found = asked(project(tmp_path, read, "key: {offering: candidate.sku}\n    max_age: 4h"))
    assert found._reach == Reach("https://h.example/v4", 3.0, 7200.0, 4, 1, 7, 5.0)
    assert found._as_whom == Client("https://h.example/token", "us", "s3cret")
    assert isinstance(found._kind, StockCheck)
    assert (found._kind.quantity, found._kind.instant) == (2, False)
    assert found._keeping is not None
    assert found._keeping.folder == tmp_path / ".upfront-cache"
    assert found._dating.max_age is not None


def test_a_stock_is_read_without_a_quantity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "t")
    read = '{tmf687: {url: "https://h.example", auth: {bearer: "${TOKEN}"}}}'
    found = asked(project(tmp_path, read, "key: {offering: candidate.sku}\n    as_of: updated_at"))
    assert isinstance(found._kind, StockLevels)
    assert found._as_whom == Bearer("t")
    assert found._dating.column == "updated_at"


def test_an_address_that_cannot_be_used_is_a_failure_of_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API", "https://user:hunter2@h.example")
    answer = ask(project(tmp_path, '{tmf645: "${API}"}'), "line", NOW)
    assert answer.lookup is None
    assert "`auth`" in answer.failure
    assert "hunter2" not in answer.failure


def test_a_secret_that_is_not_there_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_THERE", raising=False)
    read = '{tmf645: {url: "https://h.example", auth: {bearer: "${NOT_THERE}"}}}'
    with pytest.raises(NotReadable, match="NOT_THERE"):
        ask(project(tmp_path, read), "line", NOW)


def _documents() -> list[tuple[str, type[BaseModel]]]:
    fields = services.ServiceKeys.model_fields
    return [(word, get_args(fields[word].annotation)[0]) for word in SERVICES]


@pytest.mark.parametrize(("word", "model"), _documents())
def test_what_a_service_gives_and_is_told_stands_in_the_documentation(
    word: str, model: type[Any]
) -> None:
    pages = [
        (ROOT / "docs" / name).read_text("utf-8") for name in ("services.md", "configuration.md")
    ]
    settings = [model(url="x")] + ([model(url="x", quantity=1)] if word == "tmf687" else [])
    for given in settings:
        told = offered(word, given)
        for name in (*told.gives, *told.keys, *model.model_fields):
            assert f"`{name}`" in pages[0] + pages[1], name
            assert name not in told.gives or f"`{name}`" in pages[0], name
