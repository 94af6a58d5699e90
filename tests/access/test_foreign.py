"""One tenant's admin against another tenant's things, over every route: nothing is read, changed, counted or told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowforge.access.tenant import find_or_create_tenant
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from tests.access.foreign import BODIES, ELSEWHERE, WHOLE
from tests.access.things import THEIRS

EVERYTHING_OF_THEIRS = "select md5(string_agg(t::text, '' order by t::text)) from flowforge.{table} t where tenant_id = $1"


async def test_no_route_tells_a_foreign_thing_from_one_that_nobody_has_and_none_shows_or_changes_it(walk, database):
    theirs = (await find_or_create_tenant(database.pool, THEIRS)).tenant_id
    before = await _everything(database, theirs)

    wrong = await walk.through()

    assert wrong == [], "\n".join(wrong)
    operations = {operation["operationId"] for methods in walk.app.openapi()["paths"].values() for operation in methods.values()}
    assert walk.walked == operations and operations >= BODIES.keys() | ELSEWHERE.keys() | WHOLE.keys()
    assert await _everything(database, theirs) == before
    assert len([held for held in before.values() if held]) > 15


@pytest.mark.long
async def test_the_walk_notices_a_statement_that_forgot_the_tenant_outside_of_a_view(walk, monkeypatch):
    orchestrator = load_queries("flowforge.orchestrator")
    for name in ("find_budget", "list_budgets"):
        query = orchestrator._queries[name]
        forgetful = replace(query, text=query.text.replace("b.tenant_id = $1", "$1::uuid is not null"))
        assert forgetful != query
        monkeypatch.setitem(orchestrator._queries, name, forgetful)
    monkeypatch.setattr(Database, "for_tenant", lambda self, _, **how: self)

    wrong = await walk.through("get_budget", "list_budgets", "get_run")

    assert any(found.startswith("get_budget:") and "differ" in found for found in wrong)
    assert any(found.startswith("list_budgets: shows something of theirs") for found in wrong)
    assert any(found.startswith("get_run: not under the tenants' role") for found in wrong)


@pytest.mark.thorough
async def test_under_the_view_the_same_forgetful_statement_shows_nothing(walk, monkeypatch):
    orchestrator = load_queries("flowforge.orchestrator")
    for name in ("find_budget", "list_budgets"):
        query = orchestrator._queries[name]
        monkeypatch.setitem(
            orchestrator._queries, name, replace(query, text=query.text.replace("b.tenant_id = $1", "$1::uuid is not null"))
        )

    assert await walk.through("get_budget", "list_budgets") == []


@pytest.mark.long
async def test_the_walk_notices_people_who_are_looked_for_without_the_tenant_on_the_whole_database(walk, monkeypatch):
    access = load_queries("flowforge.access")
    for name in ("find_member", "list_members"):
        query = access._queries[name]
        forgetful = replace(query, text=query.text.replace("person.tenant_id = $1", "$1::uuid is not null"))
        assert forgetful != query
        monkeypatch.setitem(access._queries, name, forgetful)

    wrong = await walk.through("get_person", "list_people", "end_session")

    assert any(found.startswith("get_person:") and "differ" in found for found in wrong)
    assert any(found.startswith("list_people: shows something of theirs") for found in wrong)
    assert not any(found.startswith("end_session:") for found in wrong)


@pytest.mark.long
async def test_the_walk_notices_an_invitation_that_looks_further_where_an_address_is_somebodys(walk, monkeypatch):
    from flowforge.access import invitation

    read_email = invitation.read_email
    look = invitation.sql.account_by_email

    async def twice(database, principal, email, role):
        if await look.fetchrow(database.pool, email=read_email(email)) is not None:
            await invitation.sql.moment.fetchval(database.pool)
        return await invite(database, principal, email, role)

    invite = invitation.invite
    monkeypatch.setattr(invitation, "invite", twice)

    assert any(found.startswith("create_invitation:") and "differ" in found for found in await walk.through("create_invitation"))


@pytest.mark.long
async def test_the_walk_notices_another_answer_and_another_statement(walk, monkeypatch):
    from flowforge.api.routes import budgets
    from flowforge.errors import Conflict

    resolve = budgets.budgets.resolve_budget

    async def told_apart(connection, tenant_id, text):
        if await walk_database(walk).pool.fetchval("select exists (select from flowforge.budget where name = $1)", text):
            raise Conflict("that is somebody else's")
        return await resolve(connection, tenant_id, text)

    monkeypatch.setattr(budgets.budgets, "resolve_budget", told_apart)

    wrong = await walk.through("get_budget")

    assert any("differ" in found for found in wrong) and any("not under the tenants' role" in found for found in wrong)


@pytest.mark.long
async def test_a_route_of_which_nobody_said_what_it_names_is_found(walk):
    known = str(walk.app.openapi())

    @walk.app.get("/v1/novelties/{novelty}", operation_id="get_novelty")
    async def get_novelty(novelty: str) -> str:
        return novelty

    assert "get_novelty" not in known

    assert await walk.through("get_novelty") == ["get_novelty: nobody said what novelty names; add it to NAMED"]


def walk_database(walk):
    return walk.app.state.database


async def _everything(database, tenant_id) -> dict[str, str | None]:
    """A digest of all rows of a tenant, by table."""
    tables = await database.pool.fetch(
        "select table_name from information_schema.columns where table_schema = 'flowforge' and column_name = 'tenant_id'"
    )
    return {name: await database.pool.fetchval(EVERYTHING_OF_THEIRS.format(table=name), tenant_id) for (name,) in tables}
