"""Erasing and exporting over HTTP and from the command line."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
import respx
from click.testing import CliRunner

from flowforge.api.app import create_app
from flowforge.api.routes.erasures import EXAMPLE
from flowforge.cli import main
from flowforge.orchestrator.hints import Bell
from flowforge.privacy.match import Match
from flowforge.privacy.subject_export import export_subject
from flowforge.settings import Settings
from tests.api.conftest import client_of as _client_of
from tests.privacy.conftest import MIRA

client_of = _client_of


@pytest.fixture
async def api(database, client_of):
    async with client_of(create_app(database, settings=Settings(open_here=True), bell=Bell())) as client:
        yield client


@pytest.fixture
async def rows(database, tenant_id):
    """A run with its event, a step with a large output, a frame; and a comment of nobody's run."""
    run, run_id, event_id = database.pool.execute, UUID(int=5), UUID(int=6)
    await run("insert into flowforge.event values ($1, $2, null, 'order', $3, now())", tenant_id, event_id, json.dumps({"mail": MIRA}))
    await run(
        "insert into flowforge.run (tenant_id, run_id, function_id, state, event_id, event_name, input, received_at, created_at)"
        " values ($1, $2, 'f', 'completed', $3, 'order', $4, now(), now())",
        tenant_id, run_id, event_id, json.dumps({"mail": MIRA}),
    )  # fmt: skip
    await run(
        "insert into flowforge.step (tenant_id, run_id, key, name, kind, state, seq, blob_id, started_at)"
        " values ($1, $2, 'a', 'a', 'run', 2, 1, $3, now())",
        tenant_id, run_id, UUID(int=7),
    )  # fmt: skip
    await run("insert into flowforge.blob values ($1, $2, $3, $4)", tenant_id, run_id, UUID(int=7), b'{"street": "Main St"}')
    await run("insert into flowforge.frame (tenant_id, stream_id, seq, name, data) values ($1, $2, 1, 'x', '{}')", tenant_id, run_id)
    await run(
        "insert into flowforge.comment (tenant_id, task_id, comment_id, author_kind, author, text) values ($1, $2, $2, 'person', 'o', $3)",
        tenant_id, UUID(int=8), f"wrote to {MIRA}",
    )  # fmt: skip


@pytest.mark.thorough
async def test_an_erasure_is_looked_for_confirmed_and_shown(api, rows):
    made = await api.post("/v1/erasures", json={"match": [{"value": MIRA}]})
    assert made.status_code == 202
    act = made.json()
    assert (act["state"], act["match"], act["ended_at"]) == ("found", ["value"], None)
    assert {one["kind"]: one["count"] for one in act["found"]} == {"run": 1, "event": 1, "comment": 1}
    assert MIRA not in made.text

    done = await api.post(f"/v1/erasures/{act['id']}/confirmation", json={})
    assert (done.status_code, done.json()["state"], done.json()["remaining"]) == (202, "ended", [])
    assert (await api.get(made.headers["location"])).json() == done.json()
    assert (await api.get("/v1/erasures?limit=1")).json()["data"] == [done.json()]
    assert (await api.delete(made.headers["location"])).status_code == 409


async def test_what_the_log_of_audit_says_of_them_is_erased_too(api, rows, database):
    assert (await api.post("/v1/tasks", json={"title": f"Call {MIRA}"})).status_code == 201
    assert (await api.post("/v1/invitations", json={"email": MIRA})).status_code == 201
    made = (await api.post("/v1/erasures", json={"match": [{"value": MIRA}]})).json()
    assert "audit" in {one["kind"] for one in made["found"]}

    done = await api.post(f"/v1/erasures/{made['id']}/confirmation", json={})

    assert (done.status_code, done.json()["state"]) == (202, "ended"), done.text
    assert not await database.pool.fetchval("select count(*) from flowforge.audit a where a::text like $1", f"%{MIRA}%")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/match"),
        ({"match": []}, "/match"),
        ({"match": [{"value": MIRA}, {"value": "ab"}]}, "/match/1/value"),
        ({"match": [{"value": "42", "path": "customer"}]}, "/match/0/path"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/erasures", "/v1/subject_exports"])
async def test_what_names_nobody_is_refused_with_its_place(api, path, body, pointer):
    refused = await api.post(path, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_unknown_ids_and_cursors_are_told(api):
    assert (await api.get("/v1/erasures/nonsense")).status_code == 404
    assert (await api.post(f"/v1/erasures/{UUID(int=1)}/confirmation", json={})).status_code == 404
    assert (await api.get("/v1/erasures?cursor=x")).status_code == 422


async def test_an_export_has_all_of_a_run_and_is_on_record(api, rows, database):
    answer = await api.post("/v1/subject_exports", json={"match": [{"value": MIRA}]}, headers={"idempotency-key": "again"})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert {line["table"] for line in lines[:-1]} == {"event", "run", "step", "blob", "frame", "comment"}
    assert lines[-1] == {"end": True, "records": 6}
    assert next(line for line in lines if line.get("table") == "blob")["record"]["data"] == {"street": "Main St"}
    entry = await database.pool.fetchrow("select * from flowforge.audit")
    assert (entry["action"], json.loads(entry["detail"])) == ("subject.export", {"match": ["value"]})
    assert await database.pool.fetchval("select count(*) from flowforge.idempotent_request") == 0  # no copy is kept for a repeat


async def test_another_tenants_data_is_in_no_export(database, rows):
    lines = [line async for line in export_subject(database, UUID(int=99), [Match(MIRA)])]
    assert [json.loads(line) for line in lines] == [{"end": True, "records": 0}]


@pytest.fixture
def server():
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


def flowforge(*arguments, **options):
    return CliRunner().invoke(main, arguments, **options)


def test_the_command_asks_before_it_erases_and_drops_what_is_not_wanted(server):
    server.post("/v1/erasures").respond(202, json=EXAMPLE)
    dropped = server.delete(f"/v1/erasures/{EXAMPLE['id']}").respond(204)
    done = flowforge("erase", "--match", "data.customer_id=42", "--match", "-", input="mira@example.org\n")
    assert done.exit_code == 2
    assert "12" in done.stdout
    assert "1 go on" in done.stdout
    assert dropped.called
    assert json.loads(server.calls[0].request.content) == {
        "match": [{"value": "42", "path": "data.customer_id"}, {"value": "mira@example.org"}]
    }


@pytest.mark.parametrize(("remaining", "code", "told"), [([], 0, "nothing is left"), (EXAMPLE["found"], 1, "1 go on")])
def test_the_command_says_what_is_left(server, remaining, code, told):
    server.post("/v1/erasures").respond(202, json=EXAMPLE)
    ended = {**EXAMPLE, "state": "ended", "erased": {"run": 11}, "remaining": remaining}
    confirmed = server.post(f"/v1/erasures/{EXAMPLE['id']}/confirmation").respond(202, json=ended)
    done = flowforge("erase", "--match", MIRA, "--yes", "--force")
    assert (done.exit_code, json.loads(confirmed.calls[0].request.content)) == (code, {"force": True})
    assert "erased 11 run" in done.output
    assert told in done.stdout


@pytest.mark.parametrize(("found", "code"), [([], 0), (EXAMPLE["found"], 1)])
def test_verify_fails_when_anything_is_held(server, found, code):
    server.post("/v1/erasures").respond(202, json={**EXAMPLE, "found": found})
    server.delete(f"/v1/erasures/{EXAMPLE['id']}").respond(204)
    assert flowforge("erase", "--match", MIRA, "--verify").exit_code == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ('{"kind": "x"}\n{"end": true, "records": 1}\n', 0),
        ('{"end": false, "records": 0, "detail": "more than 5"}\n', 1),
        ('{"kind": "x"}\n', 3),
    ],
)
def test_an_export_is_whole_or_fails(server, tmp_path, answer, code):
    server.post("/v1/subject_exports").respond(200, text=answer)
    done = flowforge("export-subject", "--match", MIRA, "-o", str(tmp_path / "mira.jsonl"))
    assert done.exit_code == code, done.output
    assert (tmp_path / "mira.jsonl").read_text() == answer
    assert (tmp_path / "mira.jsonl").stat().st_mode & 0o077 == 0
