"""Runs and functions over HTTP, in exactly the contract's shapes."""

from __future__ import annotations

import pytest

RUN_FIELDS = {
    "id", "label", "function", "state", "trigger", "input", "output", "error", "attempt", "cost", "agent", "task",
    "created_at", "started_at", "ended_at", "due", "reason", "progress", "seq", "version", "origin", "origin_step", "dismissed_at",
    "unpriced_calls", "unknown_calls", "test", "event", "parent",
}  # fmt: skip


@pytest.fixture
async def run(api, publish):
    await publish({"order.ship": ["order/created"]})
    answer = await api.post("/v1/functions/order.ship/runs", json={"input": {"order_id": "ORD-1"}})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/runs/{answer.json()['id']}"
    return answer.json()


async def test_a_function_is_started_by_its_name(run):
    assert run.keys() == RUN_FIELDS
    assert run["id"].startswith("run_") and run["label"] == f"{run['id'][-8:-4]}_{run['id'][-4:]}"
    assert (run["function"], run["state"], run["input"], run["output"]) == ("order.ship", "queued", {"order_id": "ORD-1"}, None)
    assert run["created_at"].endswith("Z") and run["started_at"] is None and run["cost"] == "0"


async def test_a_run_that_no_live_worker_knows_says_so(run):
    assert run["reason"] == "no live worker knows the function order.ship"


async def test_a_run_is_found_by_id_label_and_ending(api, run):
    for name in (run["id"], run["label"], run["id"][-8:], run["id"].removeprefix("run_")):
        assert (await api.get(f"/v1/runs/{name}")).json()["id"] == run["id"]


@pytest.mark.parametrize("name", ["run_00000000000070008000000000000000", "8241_a2f7", "nonsense", "a", "%25", "run_"])
async def test_an_unknown_run_is_not_found(api, run, name):
    for suffix in ("", "/steps", "/stream"):
        answer = await api.get(f"/v1/runs/{name}{suffix}")
        assert answer.status_code == 404, answer.text
    assert (await api.post(f"/v1/runs/{name}/cancellation")).status_code == 404


async def test_runs_are_listed_newest_first_page_by_page(api, publish):
    await publish({"order.ship": [], "mail.send": []})
    made = [(await api.post("/v1/functions/order.ship/runs", json={})).json()["id"] for _ in range(5)]
    await api.post("/v1/functions/mail.send/runs", json={})

    seen, cursor = [], None
    while True:
        page = (await api.get("/v1/runs", params={"function": "order.ship", "limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        assert page.keys() == {"data", "next_cursor"} and len(page["data"]) <= 2
        seen += [run["id"] for run in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == made[::-1]


async def test_runs_are_listed_by_state(api, run):
    assert [r["id"] for r in (await api.get("/v1/runs", params={"state": "queued"})).json()["data"]] == [run["id"]]
    assert (await api.get("/v1/runs", params={"state": "failed"})).json()["data"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("state=asleep", "state"),
        ("cursor=!!", "cursor"),
        ("cursor=YQ", "cursor"),
    ],
)
async def test_a_wrong_query_is_refused_by_the_parameters_name(api, query, parameter):
    answer = await api.get(f"/v1/runs?{query}")

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["parameter"] == parameter


async def test_a_new_run_has_no_steps(api, run):
    assert (await api.get(f"/v1/runs/{run['id']}/steps")).json() == {"data": [], "next_cursor": None}


async def test_a_cancelled_run_is_over_and_the_act_is_in_the_audit_log(api, run, database):
    answer = await api.post(f"/v1/runs/{run['label']}/cancellation")
    again = await api.post(f"/v1/runs/{run['label']}/cancellation")

    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert (again.status_code, again.json()["state"]) == (202, "cancelled")
    assert answer.json()["error"]["message"] == "cancelled by operator"
    entries = await database.pool.fetch("select principal_kind, principal, target from flowforge.audit where action = 'run.cancel'")
    assert [tuple(entry) for entry in entries] == [("person", "operator", run["id"])]


async def test_a_start_that_is_sent_again_after_a_lost_answer_is_no_second_act(api, publish, database):
    await publish({"order.ship": []})
    start = {"url": "/v1/functions/order.ship/runs", "json": {"input": {}}, "headers": {"Idempotency-Key": "once"}}
    first = await api.post(**start)
    await database.pool.execute("update flowforge.idempotent_request set status = 0")
    again = await api.post(**start)

    assert first.status_code < 300 and first.json()["id"] == again.json()["id"]
    assert await database.pool.fetchval("select count(*) from flowforge.audit where action = 'run.start'") == 1


async def test_a_signal_to_a_run_is_stored_once_and_in_the_audit_log(api, run, database):
    body = {"signal": "reviewed", "data": {"verdict": "fine"}}
    first = await api.post(f"/v1/runs/{run['label']}/signals", json=body, headers={"Idempotency-Key": "once"})
    await database.pool.execute("update flowforge.idempotent_request set status = 0")  # its answer was lost
    again = await api.post(f"/v1/runs/{run['label']}/signals", json=body, headers={"Idempotency-Key": "once"})

    assert (first.status_code, first.json()) == (202, {"id": first.json()["id"], "run": run["id"], "signal": "reviewed"})
    assert again.json() == first.json()
    assert [tuple(row) for row in await database.pool.fetch("select name, data from flowforge.signal")] == [
        ("reviewed", '{"verdict":"fine"}')
    ]
    assert await database.pool.fetchval("select count(*) from flowforge.audit where action = 'run.signal'") == 1


async def test_a_signal_to_a_run_that_has_ended_or_never_was_is_refused(api, run):
    await api.post(f"/v1/runs/{run['id']}/cancellation")

    answer = await api.post(f"/v1/runs/{run['id']}/signals", json={"signal": "reviewed"})
    assert (answer.status_code, answer.json()["winner"]) == (409, {"state": "cancelled"})
    unknown = await api.post("/v1/runs/run_00000000000070008000000000000000/signals", json={"signal": "reviewed"})
    assert unknown.status_code == 404
    assert (await api.post(f"/v1/runs/{run['id']}/signals", json={"signal": ""})).status_code == 422


async def test_starting_a_run_is_in_the_audit_log(run, database):
    assert await database.pool.fetchval("select target from flowforge.audit where action = 'run.start'") == run["id"]


async def test_a_run_that_ended_otherwise_cannot_be_cancelled(api, run, database):
    await database.pool.execute("update flowforge.run set state = 'completed', end_seq = 3, output = 'null'; ")
    await database.pool.execute("delete from flowforge.owner")

    answer = await api.post(f"/v1/runs/{run['id']}/cancellation")

    assert answer.status_code == 409
    assert answer.json()["winner"] == {"state": "completed"}


async def test_an_unknown_function_is_not_found_and_the_nearest_are_named(api, run):
    answer = await api.post("/v1/functions/order.shop/runs", json={"input": {}})

    assert answer.status_code == 404
    assert answer.json()["nearest"] == ["order.ship"]
    assert "did you mean order.ship?" in answer.json()["detail"]


async def test_functions_are_listed_with_their_triggers(api, publish):
    await publish({"order.ship": ["order/created", "order/paid"], "mail.send": []})

    listed = (await api.get("/v1/functions")).json()["data"]

    assert [(f["id"], f["triggers"], f["live"]) for f in listed] == [
        ("mail.send", [], False),
        ("order.ship", ["order/created", "order/paid"], False),
    ]
    assert (await api.get("/v1/functions?limit=1")).json()["next_cursor"] == "mail.send"
    assert [f["id"] for f in (await api.get("/v1/functions?limit=1&cursor=mail.send")).json()["data"]] == ["order.ship"]


async def test_probes(api, database, monkeypatch):
    assert (await api.get("/healthz")).json() == {"status": "ok"}
    assert (await api.get("/readyz")).json() == {"status": "ok"}

    async def away() -> bool:
        return False

    monkeypatch.setattr(database, "is_writable", away)
    answer = await api.get("/readyz")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "2"
    assert (await api.get("/healthz")).status_code == 200
