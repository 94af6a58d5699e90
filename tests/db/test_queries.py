"""The loader of named queries."""

from __future__ import annotations

import importlib

import pytest

from flowforge.db.queries import load_queries, parse_query
from flowforge.ids import new_id


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
