"""The loader of named queries."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from flowforge.db.queries import load_queries, parse_query
from flowforge.ids import new_id

SOURCE = Path(__file__).parents[2] / "flowforge"


def test_parameters_are_numbered_in_order_of_first_appearance():
    query = parse_query("q", "select :b, :a, :b;")

    assert (query.text, query.parameters) == ("select $1, $2, $1", ("b", "a"))


@pytest.mark.parametrize(
    "text", ["select '12:30'", "select now()::date", "select 'it''s :here'", "select 1 -- of :nothing\n + 1", "select a[1:2]"]
)
def test_casts_quoted_text_comments_and_slices_are_left_alone(text):
    assert parse_query("q", text).parameters == ()
    assert parse_query("q", text).text == text


def test_a_missing_and_an_unknown_parameter_are_refused_by_name():
    query = parse_query("find", "select :a, :b")

    with pytest.raises(TypeError, match="query find takes a, b; got a, c"):
        query.arguments({"a": 1, "c": 2})


def test_an_unknown_query_names_the_known_ones():
    with pytest.raises(AttributeError, match=r"no query is named 'nothing'; there are: .*is_writable"):
        _ = load_queries("flowforge.db").nothing


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the test's own with the given SQL files; its name is new, because imports are remembered."""
    room = f"room_{new_id().hex}"

    def make(**files: str) -> str:
        (tmp_path / room / "sql").mkdir(parents=True)
        (tmp_path / room / "__init__.py").touch()
        for name, text in files.items():
            (tmp_path / room / "sql" / f"{name}.sql").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        return room

    return make


def test_queries_of_all_files_are_loaded(package):
    queries = load_queries(
        package(a="-- name: one\nselect 1", b="-- about both\n\n-- name: two\n-- Says two.\nselect 2;\n-- name: three\nselect 3")
    )

    assert {query.name: query.text.splitlines()[-1] for query in queries} == {"one": "select 1", "two": "select 2", "three": "select 3"}


def test_a_name_that_stands_twice_is_refused(package):
    with pytest.raises(ValueError, match="query one stands twice"):
        load_queries(package(a="-- name: one\nselect 1", b="-- name: one\nselect 2"))


async def test_a_query_runs_with_named_values(database):
    query = parse_query("add", "select :a::int + :b::int as total")

    assert await query.fetchval(database.pool, a=1, b=2) == 3
    assert (await query.fetchrow(database.pool, b=2, a=1))["total"] == 3
    assert [row["total"] for row in await query.fetch(database.pool, a=0, b=0)] == [0]
    assert await query.execute(database.pool, a=0, b=0) == "SELECT 1"


LOCK = re.compile(r"\bfor (?:no key )?update\b|\bfor (?:key )?share\b")
CHANGE = re.compile(r"^(?:update|delete from|insert into) ", re.M)
ONCE = re.compile(r"(\bas (materialized )?|\barray)$")
ROOMS = sorted(f"flowforge.{'.'.join(sql.parent.relative_to(SOURCE).parts)}" for sql in SOURCE.rglob("sql") if sql.is_dir())


@pytest.mark.parametrize("room", ROOMS)
def test_rows_are_locked_where_a_statement_that_changes_them_locks_once(room):
    """A planner may run a subquery of a join once for each row. One that locks then passes over the rows that this very statement has
    changed and goes on to the next: `limit 1` takes two, and the caller hears of one. What stands in `with` or in `array()` runs once."""
    changing = [query for query in load_queries(room) if CHANGE.search(query.text)]
    for query in changing:
        for lock in LOCK.finditer(query.text):
            around = open_parentheses(query.text[: lock.start()])
            assert not around or any(ONCE.search(query.text[:place]) for place in around), f"{room}: {query.name}"


def open_parentheses(text: str) -> list[int]:
    """Where the parentheses begin that are open at the end of the text."""
    places: list[int] = []
    for place, character in enumerate(text):
        if character == "(":
            places.append(place)
        elif character == ")":
            places.pop()
    return places
