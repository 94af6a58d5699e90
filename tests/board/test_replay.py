"""Whatever is done to cards, alone or at once, their histories fold to what they are (invariant I12)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowforge.board.archiving import archive_task
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.change import change_labels, change_task
from flowforge.board.checklist import add_item
from flowforge.board.column import move
from flowforge.board.creation import NewTask, create_task
from flowforge.board.dependency import add_dependency, remove_dependency
from flowforge.board.layout import change_column
from flowforge.board.replay import check_history
from flowforge.board.task import list_tasks
from flowforge.errors import Conflict, InvalidInput, NotFound

COLUMNS = st.sampled_from(["Backlog", "Todo", "Doing", "Review", "Done"])
KEYS = st.integers(0, 2)
WHO = st.sampled_from([AssigneeName("agent", "atlas"), AssigneeName("user", "jonas"), None])
ACTS = st.one_of(
    st.tuples(st.just("move"), KEYS, COLUMNS),
    st.tuples(st.just("assign"), KEYS, WHO, st.booleans()),
    st.tuples(st.just("link"), KEYS, KEYS),
    st.tuples(st.just("unlink"), KEYS, KEYS),
    st.tuples(st.just("change"), KEYS, st.fixed_dictionaries({"title": st.sampled_from("ab"), "priority": st.sampled_from(["low", None])})),
    st.tuples(st.just("own"), KEYS, st.sampled_from(["mira", "jonas", None])),
    st.tuples(st.just("nest"), KEYS, KEYS),
    st.tuples(st.just("label"), KEYS, st.sampled_from(["x", "y"]), st.booleans()),
    st.tuples(st.just("item"), KEYS),
    st.tuples(st.just("archive"), KEYS, st.booleans()),
)  # fmt: skip


@pytest.mark.thorough
@pytest.mark.usefixtures("agents_listen", "atlas", "people")
async def test_histories_fold_to_their_cards_after_any_acts_in_any_company(database, mira):
    """Rounds of three acts at once, on three cards, on a board that limits and parks; each round draws its own."""
    examples: list[list[list[tuple[Any, ...]]]] = []

    @settings(max_examples=3, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.lists(ACTS, min_size=3, max_size=3), min_size=4, max_size=6))
    def draw(rounds: list[list[tuple[Any, ...]]]) -> None:
        examples.append(rounds)

    draw()
    await create_task(database, mira, NewTask("first"))
    await change_column(database, mira, "FF", "Doing", {"wip_limit": 2, "on_leave": "park"})
    for rounds in examples:
        keys = [(await create_task(database, mira, NewTask(f"card {n}", checklist=["x"]))).key for n in range(3)]
        for acts in rounds:
            outcomes = await asyncio.gather(*(done(database, mira, keys, act) for act in acts), return_exceptions=True)
            wrong = [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Conflict | InvalidInput | NotFound)]
            assert wrong == []
        for key in keys:
            assert await check_history(database, mira.tenant_id, key) == [], acts
            await archive_task(database, mira, key)  # makes room
    page = await list_tasks(database, mira.tenant_id, limit=200)
    numbers = await database.pool.fetch("select number from flowforge.task order by number")
    assert [row["number"] for row in numbers] == list(range(1, 3 * len(examples) + 2)) and len(page.data) == 1


def done(database: Any, mira: Any, keys: list[str], act: tuple[Any, ...]) -> Awaitable[Any]:
    """The act, on the card that it names."""
    name, place, *rest = act
    key = keys[place]
    if name == "move":
        return move(database, mira, key, rest[0])
    if name == "assign":
        return assign(database, mira, key, rest[0], start=rest[1])
    if name == "link":
        return add_dependency(database, mira, key, keys[rest[0]])
    if name == "unlink":
        return remove_dependency(database, mira, key, keys[rest[0]])
    if name == "change":
        return change_task(database, mira, key, rest[0])
    if name == "own":
        return change_task(database, mira, key, {"owner": rest[0]})
    if name == "nest":
        return change_task(database, mira, key, {"parent": keys[rest[0]]})
    if name == "label":
        return change_labels(database, mira, key, **{"add" if rest[1] else "remove": (rest[0],)})
    if name == "item":
        return add_item(database, mira, key, "more")
    return archive_task(database, mira, key, archived=rest[0])
