"""A million candidates in PostgreSQL, screened: how long it takes, and how much memory.

    python benchmarks/million_from_postgres.py [ROWS]

Fills a PostgreSQL of its own (a wheel of the `dev` extra) with candidates, stock, lines and a
do-not-call register, and runs `upfront run` on them in a process of its own, with 20 rules of which
about nine contacts in ten fail some. Memory is the most that this process and its children held at
a time; PostgreSQL's is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
AS_OF = "2026-03-02T09:30:00+01:00"

FILL = """
CREATE TABLE leads AS SELECT
  'L' || lpad(n::text, 8, '0') AS lead_id, 'C' || lpad((n * 7919 % {rows})::text, 8, '0') AS customer_id,
  CASE WHEN n % 3 = 0 THEN 'PHONE' ELSE 'FIBRE' END AS offer_code,
  CASE WHEN n % 3 = 0 THEN 'S' || (n % 5000) END AS sku,
  'N' || (n * 31 % {rows}) AS line_id, '+3906' || lpad((n * 104729 % 90000000)::text, 8, '0') AS phone,
  'person.' || n || '@example.org' AS email, (15 + n % 70)::int AS age,
  round((n * 48271 % 900000)::numeric / 100 - 1000, 2) AS balance, n % 97 = 0 AS credit_default,
  (ARRAY['cellular', 'telephone', 'unknown'])[1 + n % 3] AS contact, (n % 9)::int AS campaign,
  CASE WHEN n % 4 = 0 THEN (n % 400)::int END AS pdays, (n % 6)::int AS previous,
  (n * 7 % 1000)::int AS priority, (ARRAY['it', 'en', 'es'])[1 + n % 3] AS language,
  lpad((n % 99999)::text, 5, '0') AS postcode
FROM generate_series(1::bigint, {rows}) AS n;
CREATE TABLE stock AS SELECT 'S' || n AS sku, (n % 40)::int AS on_hand, (n % 7)::int AS committed,
  timestamptz '2026-03-02 06:00+01' + n % 180 * interval '1 minute' AS updated_at
FROM generate_series(0, 4999) AS n;
CREATE TABLE lines AS SELECT 'N' || n AS line_id,
  (ARRAY['FTTH', 'FTTC', 'FWA', 'ADSL'])[1 + n % 4] AS technology,
  (ARRAY[1000, 100, 50, 20])[1 + n % 4] AS max_down_mbps,
  (ARRAY['feasible', 'feasible', 'saturated', 'planned', 'not-feasible'])[1 + n % 5] AS status,
  timestamptz '2026-03-01 06:00+01' - n % 40 * interval '1 day' AS checked_at, 'unused ' || n AS remarks
FROM generate_series(0::bigint, {rows} * 9 / 10) AS n;
CREATE TABLE register AS SELECT DISTINCT '+3906' || lpad((n * 104729 % 90000000)::text, 8, '0') AS phone,
  date '2020-01-01' + (n % 2000)::int AS listed_on
FROM generate_series(1::bigint, {rows}, 4) AS n
"""

CONFIG = """
version: 1
rules: [rules.yaml]
languages: [en]
time_zone: Europe/Rome
candidates:
  read: {{sql: "{url}", table: leads}}
  id: lead_id
  customer: customer_id
  offer: offer_code
  fields:
    sku: string
    line_id: string
    phone: {{type: string, pii: true}}
    email: {{type: string, pii: true}}
    age: integer
    balance: number
    credit_default: boolean
    contact: string
    campaign: integer
    pdays: integer
    previous: integer
    priority: integer
    language: string
    postcode: string
sources:
  stock:
    read: {{sql: "{url}", table: stock}}
    key: {{sku: candidate.sku}}
    as_of: updated_at
    max_age: 4h
    fields: {{on_hand: integer, committed: integer}}
  line:
    read: {{sql: "{url}", table: lines}}
    key: {{line_id: candidate.line_id}}
    as_of: checked_at
    max_age: 30d
    fields: {{technology: string, max_down_mbps: integer, status: string, remarks: string}}
  register:
    read: {{sql: "{url}", table: register}}
    key: {{phone: candidate.phone}}
    as_of: {{value: 2026-02-24T06:00:00+01:00}}
    max_age: 15d
    fields: {{listed_on: date}}
"""

RULES: dict[str, tuple[str, str]] = {
    "eligibility.adult": ("", "candidate.age >= 18"),
    "eligibility.not-too-old": ("", "candidate.age < 80"),
    "eligibility.pays": ("", "!candidate.credit_default"),
    "eligibility.solvent": ("", "candidate.balance > -900.0"),
    "eligibility.language": ("", 'candidate.language in ["it", "en", "es"]'),
    "consent.not-listed": ("", "!has(register.listed_on)"),
    "consent.known-number": ("", 'candidate.phone.startsWith("+39")'),
    "contact-policy.campaign": ("", "candidate.campaign < 7"),
    "contact-policy.rest": ("has(candidate.pdays)", "candidate.pdays > 90"),
    "contact-policy.previous": ("", "candidate.previous <= 4"),
    "contact-policy.way": ("", 'candidate.contact != "unknown" || candidate.age < 40'),
    "stock.some-left": ('candidate.offer_id == "PHONE"', "stock.on_hand - stock.committed > 5"),
    "stock.known": ('candidate.offer_id == "PHONE"', "has(stock.on_hand)"),
    "feasibility.status": ('candidate.offer_id == "FIBRE"', 'line.status == "feasible"'),
    "feasibility.speed": ('candidate.offer_id == "FIBRE"', "line.max_down_mbps >= 50"),
    "feasibility.fibre": ('candidate.offer_id == "FIBRE"', 'line.technology in ["FTTH", "FTTC"]'),
    "price.balance": ('candidate.offer_id == "PHONE"', "candidate.balance > 100.0"),
    "data.postcode": ("", "size(candidate.postcode) == 5"),
    "data.email": ("", 'candidate.email.contains("@")'),
    "data.line-known": ('candidate.offer_id == "FIBRE"', "has(line.status)"),
}


@dataclass(frozen=True)
class Measured:
    """What a run took: seconds of wall time, bytes of memory at its peak, and its manifest."""

    seconds: float
    peak: int
    manifest: dict[str, Any]


def fill(connection: Any, rows: int) -> None:
    """Make the tables in an empty database; `connection` is psycopg's, committing by itself."""
    for statement in FILL.format(rows=rows).split(";"):
        connection.execute(statement)
    connection.execute("VACUUM ANALYZE")


def project(folder: Path, url: str) -> None:
    """Write config.yaml and the rules for a database that `fill` made."""
    (folder / "config.yaml").write_text(CONFIG.format(url=url), "utf-8")
    (folder / "rules.yaml").write_text("rules:\n" + "".join(map(_rule, RULES)), "utf-8")


def _rule(name: str) -> str:
    applies, require = RULES[name]
    return f"""\
  - id: {name}
    title: {name}
    owner: benchmarks
    stage: {name.split(".", maxsplit=1)[0]}
{f"    applies: {json.dumps(applies)}" if applies else ""}
    require: {json.dumps(require)}
    moment: ZMOT
    pain: unwanted-contact
    reason: {{en: "this is why {name} is against it"}}
"""


def measured(folder: Path, arguments: Sequence[str] = ()) -> Measured:
    """Run the project in `folder`, and watch its memory. Raises RuntimeError when it fails."""
    command = [sys.executable, "-m", "adapters.cli", "run", "--as-of", AS_OF, "--json", *arguments]
    begun = time.monotonic()
    with (folder / "out.json").open("wb") as out, (folder / "err.txt").open("wb") as err:
        run = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=out, stderr=err
        )
        peak = 0
        while run.poll() is None:
            peak = max(peak, _held(run.pid))
            time.sleep(0.02)
    seconds = time.monotonic() - begun
    if run.returncode:
        raise RuntimeError((folder / "err.txt").read_text())
    return Measured(seconds, peak, json.loads((folder / "out.json").read_text()))


def _held(pid: int) -> int:
    """Bytes of memory that a process and its children hold."""
    held = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            held += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return held


def main() -> None:
    """Measure, and print what was measured."""
    sys.path.insert(0, str(ROOT))
    from tests.support.postgres import started

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with started() as server, tempfile.TemporaryDirectory() as name:
        database = server.new()
        with server.connect(database.name) as connection:
            fill(connection, rows)
        project(Path(name), database.url)
        found = measured(Path(name))
    counts = found.manifest["counts"]
    print(f"{counts['read']:,} read, {counts['allowed']:,} allowed, {counts['blocked']:,} blocked")
    print(f"{found.seconds:.1f} s, {found.peak / 2**20:,.0f} MiB at the peak")


if __name__ == "__main__":
    main()
