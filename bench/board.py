"""A board of 10,000 tasks at the API. `python bench/board.py [--tasks 10000] [--requests 200]`

Every task has words, four comments, eight entries of history, a run and three model calls; one in ten depends on another, one in twenty has
a parent. Then each request is sent again and again over the ASGI app, as a caller of the open API: p50 and p95 in milliseconds, and the CPU
that a request takes here and in PostgreSQL, which says more on a machine that others use too. The embedded PostgreSQL runs with fsync on
and as the tenants' role, as a server's does.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable

import httpx
from isolation import LOGIN, caller_of
from side_by_side.machine import cpu_seconds, own_postgres

from flowforge.api.app import create_app
from flowforge.board.board import default_board
from flowforge.board.words import words_of
from flowforge.cli.host import run
from flowforge.db.creation import create_database
from flowforge.db.database import Database
from flowforge.db.login import as_login
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT, new_id
from flowforge.orchestrator.hints import Bell
from flowforge.settings import Settings

NOUNS = ["refund", "invoice", "parcel", "carrier", "customer", "address", "payment", "warehouse", "label", "return", "claim", "voucher"]
VERBS = ["check", "send", "cancel", "find", "compare", "print", "sort", "write", "read", "call", "move", "count", "clean", "plan", "review"]
RARE = 2_000  # other words, of which each text has a few

Request = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


async def fill(database: Database, count: int) -> None:
    """The board, row by row where rows differ, and in one statement where they are alike."""
    board = await default_board(database.pool, DEFAULT_TENANT)
    chance = random.Random(1)
    tasks, words = [], []
    for number in range(1, count + 1):
        task_id = new_id()
        title = f"{chance.choice(VERBS)} the {chance.choice(NOUNS)} of {chance.choice(NOUNS)} {chance.randrange(RARE)}"
        text = " ".join(f"{chance.choice(NOUNS)} w{chance.randrange(RARE)} {chance.choice(VERBS)}" for _ in range(15))
        column = board.columns[chance.choices(range(5), weights=(50, 20, 5, 5, 20))[0]]
        row = (DEFAULT_TENANT, task_id, board.board_id, number, f"FF-{number}", title, text, column.column_id, f"i{number:07d}")
        tasks.append((*row, chance.randrange(5), [chance.choice(NOUNS)], "bench"))
        words += [(DEFAULT_TENANT, word, task_id, b"c") for word in words_of(f"FF-{number} {title} {text}")]
    async with database.pool.acquire() as connection:
        columns = ["tenant_id", "task_id", "board_id", "number", "key", "title", "description", "column_id", "position"]
        columns += ["priority", "labels", "created_by"]
        await connection.copy_records_to_table("task", schema_name="flowforge", records=tasks, columns=columns)
        columns = ["tenant_id", "word", "task_id", "source"]
        await connection.copy_records_to_table("task_word", schema_name="flowforge", records=words, columns=columns, timeout=300)
        for statement in (ALIKE + LINKS).split(";"):
            if statement.strip():
                await connection.execute(statement, timeout=300)
        await connection.execute("update flowforge.board set next_number = $1", count + 1)


ALIKE = """
insert into flowforge.stream (tenant_id, stream_id) select tenant_id, task_id from flowforge.task;
insert into flowforge.comment (tenant_id, task_id, comment_id, author_kind, author, text)
select tenant_id, task_id, gen_random_uuid(), 'person', 'bench', 'seen ' || n || ' of ' || title
  from flowforge.task, generate_series(1, 4) n;
insert into flowforge.activity (tenant_id, task_id, activity_id, actor_kind, actor, action, detail)
select tenant_id, task_id, gen_random_uuid(), 'person', 'bench', 'updated', '{}' from flowforge.task, generate_series(1, 8);
insert into flowforge.run (tenant_id, run_id, function_id, state, event_name, input, received_at, created_at, task_id)
select tenant_id, gen_random_uuid(), 'flowforge.agent', 'completed', 'board/task.assigned', '{}', now(), now(), task_id
  from flowforge.task;
insert into flowforge.usage (
  tenant_id, usage_id, run_id, step_key, function_id, task_id, model, provider, input_tokens, output_tokens, cost, latency_ms)
select tenant_id, gen_random_uuid(), run_id, 'ai', function_id, task_id, 'gpt-4o', 'openai', 900, 90, 0.0031, 800
  from flowforge.run, generate_series(1, 3)
"""
LINKS = """;
insert into flowforge.task_dependency (tenant_id, task_id, on_id)
select a.tenant_id, a.task_id, b.task_id from flowforge.task a join flowforge.task b on b.number = a.number - 7 where a.number % 10 = 0;
update flowforge.task set parent_id = p.task_id from flowforge.task p where p.number = task.number / 20 * 20 and task.number % 20 = 3
"""

LISTS = {
    "list by number": "/v1/tasks?board=FF",
    "list by number, all boards": "/v1/tasks",
    "list as it stands": "/v1/tasks?board=FF&sort=position",
    "list the latest changes": "/v1/tasks?board=FF&sort=updated",
    "list by due date": "/v1/tasks?board=FF&sort=due",
    "list by priority": "/v1/tasks?board=FF&sort=priority",
    "list of a column": "/v1/tasks?board=FF&column=Doing",
    "list with a label": "/v1/tasks?board=FF&label=refund",
    "list what is blocked": "/v1/tasks?board=FF&blocked=true",
    "search a common word": "/v1/tasks?q=refund&sort=updated",
    "search two words": "/v1/tasks?q=refund+w17&sort=updated",
    "search a beginning of two letters": "/v1/tasks?q=re&sort=updated",
    "search a key": "/v1/tasks?q=ff-4242",
    "show a task": "/v1/tasks/FF-4242",
    "show the board": "/v1/boards/FF",
    "cards of a board, 200": "/v1/boards/FF/cards?limit=200",
    "cards of a board, 1,000": "/v1/boards/FF/cards?limit=1000",
}


async def measure(http: httpx.AsyncClient, requests: int, count: int) -> dict[str, dict[str, float]]:
    """p50, p95 and CPU of each request, in milliseconds."""
    chance = random.Random(2)

    def page(path: str) -> Request:
        return lambda http: http.get(path)

    def move(http: httpx.AsyncClient) -> Awaitable[httpx.Response]:
        return http.put(f"/v1/tasks/FF-{chance.randint(1, count)}/column", json={"column": chance.choice(("Backlog", "Todo", "Review"))})

    def place(http: httpx.AsyncClient) -> Awaitable[httpx.Response]:
        return http.put(
            "/v1/tasks/FF-1/column", json={"column": "Backlog", "after": "FF-2"} if chance.random() < 0.5 else {"column": "Done"}
        )

    acts: dict[str, Request] = {
        **{name: page(path) for name, path in LISTS.items()},
        "deep page by number": await deep_page(http),
        "move a task": move,
        "move a task beside another, or to done": place,
        "make a task": lambda http: http.post("/v1/tasks", json={"title": "count the parcels", "labels": ["parcel"]}),
    }
    await http.put("/v1/tasks/FF-2/column", json={"column": "Backlog"})
    found = {}
    for name, act in acts.items():
        times = []
        for n in range(requests + 10):
            if n == 10:
                cpu = cpu_seconds([os.getpid()])
            began = time.perf_counter()
            answer = await act(http)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.is_success, f"{name}: {answer.text}"
        used = (cpu_seconds([os.getpid()]) - cpu) * 1000 / requests
        found[name] = {"p50": statistics.median(times[10:]), "p95": statistics.quantiles(times[10:], n=20)[18], "cpu": used}
    return found


async def deep_page(http: httpx.AsyncClient) -> Request:
    """A page far down the list."""
    cursor = None
    for _ in range(40):
        params = {"limit": 200} | ({"cursor": cursor} if cursor else {})
        cursor = (await http.get("/v1/tasks", params=params)).json()["next_cursor"] or cursor
    return lambda http: http.get("/v1/tasks", params={"cursor": cursor})


async def main(server: str, count: int, requests: int) -> None:
    url = await create_database(server, "bench_board")
    await migrate(url, app_login=LOGIN)
    async with await Database.open(url) as whole:
        began = time.perf_counter()
        await fill(whole, count)
        await whole.pool.execute("vacuum analyze", timeout=300)
        print(f"{count} tasks made in {time.perf_counter() - began:.0f} s")
    async with await Database.open(as_login(url, LOGIN)) as database:
        bell = Bell()
        await bell.open(database)
        async with caller_of(create_app(database, settings=Settings(open_here=True), bell=bell)) as http:
            found = await measure(http, requests, count)
        await bell.close()
    print(json.dumps({name: {what: round(ms, 1) for what, ms in figures.items()} for name, figures in found.items()}, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=200)
    given = parser.parse_args()
    with own_postgres() as server:
        run(main(server, given.tasks, given.requests))
