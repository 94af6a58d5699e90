"""Who is in a tenant and as what: invitations, roles, the last admin, several tenants."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from flowforge.access.invitation import invite
from flowforge.access.membership import person_permissions, remove_member
from flowforge.access.permission import ROLES
from flowforge.access.principal import Principal
from flowforge.access.tenant import find_or_create_tenant

from .conftest import PASSWORD


def token_of(answer) -> str:
    return answer.json()["link"].rpartition("=")[2]


async def person_id(browser) -> str:
    return (await browser.get("/v1/session")).json()["user"]


async def test_an_invitation_lets_somebody_in_once(mira, browser_of, database, actions):
    made = await mira.post("/v1/invitations", json={"email": "noor@example.com", "role": "approver"}, headers={"idempotency-key": "1"})
    body = {"token": token_of(made), "name": "noor", "password": PASSWORD}
    noor, late = browser_of(), browser_of()

    assert made.status_code == 201 and made.json()["link"].startswith("https://localhost/invitation?token=")
    assert (await noor.post("/v1/invitation_acceptances", json=body)).status_code == 201
    shown = (await noor.get("/v1/session")).json()
    assert (shown["name"], shown["role"], shown["operator"]) == ("noor", "approver", False)
    assert (await late.post("/v1/invitation_acceptances", json={**body, "name": "late"})).status_code == 410
    assert (await mira.get("/v1/invitations")).json()["data"] == []
    assert {"invitation.create", "invitation.accept"} <= set(await actions())
    kept = await database.pool.fetch(
        "select audit::text as text from flowforge.audit union all select t::text from flowforge.idempotent_request t"
    )
    assert not any(token_of(made) in row["text"] for row in kept)


async def test_of_two_who_accept_at_once_one_is_let_in(mira, browser_of, database):
    token = token_of(await mira.post("/v1/invitations", json={"email": "noor@example.com"}))
    answers = await asyncio.gather(
        *(browser_of().post("/v1/invitation_acceptances", json={"token": token, "name": f"n{i}", "password": PASSWORD}) for i in range(4))
    )

    assert sorted(one.status_code for one in answers) == [201, 410, 410, 410]
    assert await database.pool.fetchval("select count(*) from flowforge.account") == 2


async def test_an_invitation_ends_after_a_week_when_it_is_revoked_and_when_there_is_another(mira, browser_of, later):
    async def status(token: str) -> int:
        body = {"token": token, "name": "noor", "password": PASSWORD}
        return (await browser_of().post("/v1/invitation_acceptances", json=body)).status_code

    first = token_of(await mira.post("/v1/invitations", json={"email": "noor@example.com"}))
    second = await mira.post("/v1/invitations", json={"email": "NOOR@example.com"})
    assert await status(first) == 410
    assert (await mira.delete(f"/v1/invitations/{second.json()['id']}")).status_code == 204
    assert (await mira.delete(f"/v1/invitations/{second.json()['id']}")).status_code == 404
    assert await status(token_of(second)) == 410
    third = token_of(await mira.post("/v1/invitations", json={"email": "noor@example.com"}))
    await later("169 hours")
    assert await status(third) == 410


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"name": "a\u0000b"}, ""),
        ({"password": "short"}, "/password"),
        ({"password": "noor@example.com"}, "/password"),
    ],
)
async def test_what_does_not_fit_leaves_the_invitation_open(mira, browser_of, change, pointer):
    token = token_of(await mira.post("/v1/invitations", json={"email": "noor@example.com"}))
    body = {"token": token, "name": "noor", "password": PASSWORD}
    refused = await browser_of().post("/v1/invitation_acceptances", json={**body, **change})

    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"].startswith(pointer)
    assert (await browser_of().post("/v1/invitation_acceptances", json=body)).status_code == 201


async def test_what_is_no_address_is_not_invited(mira):
    for email in (
        "",
        "noor",
        "noor@",
        "@example.com",
        "a b@example.com",
        "noor@localhost",
        "<x>@example.com",
        "a@b.c\u0007d",
        "x" * 250 + "@b.cd",
    ):
        assert (await mira.post("/v1/invitations", json={"email": email})).status_code == 422, email


async def test_a_name_of_the_board_is_not_taken_over(mira, browser_of):
    await mira.post("/v1/users", json={"name": "noor"})
    token = token_of(await mira.post("/v1/invitations", json={"email": "noor@example.com"}))

    taken = await browser_of().post("/v1/invitation_acceptances", json={"token": token, "name": "noor", "password": PASSWORD})
    assert taken.status_code == 409 and "noor" in taken.json()["detail"]
    assert (
        await browser_of().post("/v1/invitation_acceptances", json={"token": token, "name": "noor2", "password": PASSWORD})
    ).status_code == 201


async def test_people_are_users_too_and_users_say_what_they_may(mira, join):
    await mira.post("/v1/users", json={"name": "board only"})
    await join("noor", role="viewer")

    users = {one["name"]: one["role"] for one in (await mira.get("/v1/users")).json()["data"]}
    people = {one["name"]: one["role"] for one in (await mira.get("/v1/people")).json()["data"]}
    assert users == {"mira": "admin", "board only": None, "noor": "viewer"} and people == {"mira": "admin", "noor": "viewer"}
    assert len((await mira.get("/v1/people", params={"limit": 1})).json()["data"]) == 1


async def test_only_admins_invite_and_change_people(mira, join):
    for role in ("viewer", "member", "approver"):
        noor = await join(role, role=role)
        mine = await person_id(noor)

        assert (await noor.get("/v1/people")).status_code == 200
        assert (await noor.post("/v1/invitations", json={"email": "x@example.com", "role": "admin"})).status_code == 403
        assert (await noor.patch(f"/v1/people/{mine}", json={"role": "admin"})).status_code == 403
        assert (await noor.delete(f"/v1/people/{mine}")).status_code == 403
        assert (await noor.get("/v1/invitations")).status_code == 403


async def test_another_role_holds_at_once_and_ends_the_session(mira, join, actions, database, tenant_id):
    noor = await join("noor", role="member")
    them = await person_id(noor)
    changed = await mira.patch(f"/v1/people/{them}", json={"role": "viewer"})

    assert changed.json()["role"] == "viewer" and "person.change" in await actions()
    assert (await noor.get("/v1/session")).status_code == 401
    await noor.sign_in("noor@example.com")
    assert (await noor.post("/v1/users", json={"name": "x"})).status_code == 403
    row = await database.pool.fetchval("select person_id from flowforge.person where name = 'noor'")
    assert await person_permissions(database, tenant_id, row) == ROLES["viewer"]


async def test_who_is_disabled_or_removed_is_out_and_what_they_did_stays(mira, join, database, tenant_id):
    noor = await join("noor")
    them = await person_id(noor)
    row = await database.pool.fetchval("select person_id from flowforge.person where name = 'noor'")

    assert (await mira.patch(f"/v1/people/{them}", json={"disabled": True})).json()["disabled_at"] is not None
    assert (await noor.get("/v1/session")).status_code == 401
    assert (await noor.sign_in("noor@example.com")).status_code == 401
    assert await person_permissions(database, tenant_id, row) == frozenset()
    assert (await mira.patch(f"/v1/people/{them}", json={"disabled": False})).json()["disabled_at"] is None
    assert (await noor.sign_in("noor@example.com")).status_code == 201
    assert (await mira.delete(f"/v1/people/{them}")).status_code == 204
    assert (await noor.get("/v1/session")).status_code == 401
    assert (await mira.get(f"/v1/people/{them}")).status_code == 404
    assert "noor" in {one["name"] for one in (await mira.get("/v1/users")).json()["data"]}


async def test_an_account_goes_with_all_that_lets_it_in_when_it_works_nowhere_any_more(mira, join, database, tenant_id):
    noor = await join("noor")
    noors = await database.pool.fetchval("select account_id from flowforge.account where email = 'noor@example.com'")
    elsewhere = UUID(int=99)
    await database.pool.execute(
        "insert into flowforge.person (tenant_id, person_id, name, account_id, role) values ($1, $1, 'n', $2, 'member')", elsewhere, noors
    )
    await mira.delete(f"/v1/people/{await person_id(noor)}")
    assert await database.pool.fetchval("select count(*) from flowforge.account where account_id = $1", noors) == 1

    await database.pool.execute("insert into flowforge.recovery_code values ($1, 'c')", noors)
    await database.pool.execute("insert into flowforge.identity (issuer, subject, account_id) values ('i', 's', $1)", noors)
    await database.pool.execute("insert into flowforge.one_time_link values ('l', $1, now())", noors)
    await remove_member(database, Principal(elsewhere, "person", "officer"), elsewhere)
    for table in ("account", "recovery_code", "identity", "known_device", "one_time_link", "session"):
        assert await database.pool.fetchval(f"select count(*) from flowforge.{table} where account_id = $1", noors) == 0, table


async def test_the_last_admin_stays_one(mira, join):
    me = await person_id(mira)
    for answer in (
        await mira.patch(f"/v1/people/{me}", json={"role": "member"}),
        await mira.patch(f"/v1/people/{me}", json={"disabled": True}),
        await mira.delete(f"/v1/people/{me}"),
    ):
        assert answer.status_code == 409 and "last admin" in answer.json()["detail"]
    noor = await join("noor", role="admin")
    await noor.patch(f"/v1/people/{await person_id(noor)}", json={"disabled": True})
    assert (await mira.delete(f"/v1/people/{me}")).status_code == 409  # an admin who cannot sign in is none


async def test_two_admins_who_leave_at_once_do_not_both_get_away(mira, join):
    noor = await join("noor", role="admin")
    ways = [(mira, await person_id(mira)), (noor, await person_id(noor))]
    answers = await asyncio.gather(*(browser.patch(f"/v1/people/{them}", json={"role": "viewer"}) for browser, them in ways))

    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_one_account_works_in_several_tenants(mira, browser_of, database, join):
    noor = await join("noor", role="viewer")
    acme = await find_or_create_tenant(database.pool, "acme")
    by = Principal(acme.tenant_id, "system", "tests")
    _, token = await invite(database, by, "Noor@example.com", "admin")
    stranger, before = browser_of(), noor.session

    refused = await stranger.post("/v1/invitation_acceptances", json={"token": token, "name": "noor", "password": "an attackers choice"})
    assert refused.status_code == 401 and stranger.session is None  # the link alone is not the account
    assert (await noor.post("/v1/invitation_acceptances", json={"token": token, "password": PASSWORD})).status_code == 201
    noor.know(await noor.get("/v1/session"))
    shown = (await noor.get("/v1/session")).json()
    assert (shown["tenant"]["name"], shown["role"], [one["name"] for one in shown["tenants"]]) == ("acme", "admin", ["acme", "default"])

    token_before = noor.session
    switched = await noor.act("PUT", "/v1/session/tenant", json={"tenant": "default"})
    assert (switched.json()["role"], switched.json()["tenant"]["name"]) == ("viewer", "default")
    assert noor.session not in (before, token_before)
    assert (await browser_of(cookies={"__Host-flowforge": token_before}).get("/v1/session")).status_code == 401
    assert (await noor.post("/v1/users", json={"name": "x"})).status_code == 403
    assert (await mira.act("PUT", "/v1/session/tenant", json={"tenant": "acme"})).status_code == 404


async def test_a_foreign_and_a_missing_person_get_the_same_answer(mira, database):
    acme = await find_or_create_tenant(database.pool, "acme")
    await database.pool.execute(
        "insert into flowforge.person (tenant_id, person_id, name, account_id, role)"
        " select $1, '01968f3a-c8b1-7c02-a3f0-8241a2f70777', 'x', account_id, 'member' from flowforge.account", acme.tenant_id
    )  # fmt: skip
    texts = []
    for last in ("777", "778"):
        path = f"/v1/people/usr_01968f3ac8b17c02a3f08241a2f70{last}"
        for method, body in (("GET", None), ("PATCH", {"role": "viewer"}), ("DELETE", None)):
            answer = await mira.request(method, path, json=body)
            texts.append((last, answer.status_code, answer.json()["detail"].replace(last, "…")))

    assert [text[1:] for text in texts[:3]] == [text[1:] for text in texts[3:]] and {text[1] for text in texts} == {404}


async def test_a_lost_password_is_set_by_a_link_that_only_an_operator_makes(mira, join, browser_of, later):
    noor = await join("noor", role="admin")
    assert (await noor.post("/v1/password_resets", json={"email": "mira@example.com"})).status_code == 403
    assert (await mira.post("/v1/password_resets", json={"email": "nobody@example.com"})).status_code == 404
    link = (await mira.post("/v1/password_resets", json={"email": "noor@example.com"})).json()["link"]
    form = {"token": link.rpartition("=")[2], "password": "nine brown owls at dusk"}
    browser = browser_of()

    assert "noor@example.com" in (await browser.get(link)).text
    assert (await browser.post("/new-password", data={**form, "password": "short"})).status_code == 422
    assert (await browser.post("/new-password", data=form)).status_code == 303
    assert (await browser.get("/v1/session")).json()["name"] == "noor"
    assert (await noor.get("/v1/session")).status_code == 401
    assert (await browser.post("/new-password", data=form)).status_code == 410
    assert (await browser_of().sign_in("noor@example.com", "nine brown owls at dusk")).status_code == 201
