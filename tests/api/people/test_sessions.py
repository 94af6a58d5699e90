"""A session's life: what it is in the database, what it may write, and all the ways in which it ends."""

from __future__ import annotations

import pytest

from flowforge.access.permission import OF_THE_DEPLOYMENT, ROLES
from flowforge.access.session import find_session

from .conftest import PASSWORD


async def test_a_token_is_nowhere_in_the_database(mira, database):
    assert len(mira.session) == 43
    rows = await database.pool.fetch("select session::text as shown from flowforge.session")
    assert rows and not any(mira.session in row["shown"] for row in rows)


async def test_a_principal_is_found_by_its_token_alone(mira, database, tenant_id):
    found = await find_session(database, mira.session)

    assert (found.name, found.kind, found.tenant_id) == ("mira", "person", tenant_id)
    assert await find_session(database, mira.session[:-1] + "_") is None
    assert await find_session(database, "") is None and await find_session(database, "x" * 5000) is None


async def test_it_ends_when_it_is_not_used(mira, later):
    await later("11 hours")
    assert (await mira.get("/v1/runs")).status_code == 200
    await later("22 hours")  # it was used in between
    assert (await mira.get("/v1/runs")).status_code == 200
    await later("35 hours")
    assert (await mira.get("/v1/runs")).status_code == 401


@pytest.mark.thorough  # many requests
async def test_it_ends_after_thirty_days_however_much_it_is_used(mira, later):
    for hours in range(0, 30 * 24, 11):
        await later(f"{hours} hours")
        assert (await mira.get("/v1/session")).status_code == 200, hours
    await later("721 hours")
    assert (await mira.get("/v1/session")).status_code == 401


async def test_signing_out_ends_it_on_the_server(mira, browser_of):
    token = mira.session
    assert (await mira.act("DELETE", "/v1/session")).status_code == 204
    assert mira.session is None

    thief = browser_of(cookies={"__Host-flowforge": token})
    assert (await thief.get("/v1/runs")).status_code == 401


async def test_signing_out_everywhere_ends_them_all(mira, browser_of):
    other = browser_of()
    await other.sign_in("mira@example.com")
    listed = (await mira.get("/v1/sessions", params={"limit": 1})).json()
    assert len(listed["data"]) == 1 and listed["next_cursor"]

    assert (await mira.act("DELETE", "/v1/sessions")).status_code == 204
    assert (await other.get("/v1/runs")).status_code == 401


async def test_one_sees_ones_sessions_and_ends_another(mira, browser_of, join):
    other = browser_of(peer="203.0.113.7", headers={"user-agent": "Firefox\x7f" + "x" * 500})
    await other.sign_in("mira@example.com")
    await join("noor")

    data = (await mira.get("/v1/sessions")).json()["data"]
    assert [one["current"] for one in data] in ([False, True, False], [False, True]) and len(data[0]["user_agent"]) == 120
    [foreign] = [one for one in data if one["address"] == "203.0.113.7"]
    assert (await mira.act("DELETE", f"/v1/sessions/{foreign['id']}")).status_code == 204
    assert (await other.get("/v1/runs")).status_code == 401
    assert (await mira.act("DELETE", f"/v1/sessions/{foreign['id']}")).status_code == 404
    assert (await mira.act("DELETE", "/v1/sessions/nonsense")).status_code == 404


async def test_nobody_ends_somebody_elses_session(mira, join):
    noor = await join("noor")
    [hers] = (await noor.get("/v1/sessions")).json()["data"]

    assert (await mira.act("DELETE", f"/v1/sessions/{hers['id']}")).status_code == 404
    assert (await noor.get("/v1/session")).status_code == 200


async def test_a_cookie_alone_does_not_write(mira, database):
    del mira.headers["x-flowforge-csrf"]
    for headers in ({}, {"x-flowforge-csrf": ""}, {"x-flowforge-csrf": "x"}, {"x-flowforge-csrf": "ü".encode()}):
        answer = await mira.post("/events", json={"name": "order/created", "data": {}}, headers=headers)

        assert answer.status_code == 403 and "CSRF" in answer.json()["detail"]
    assert await database.pool.fetchval("select count(*) from flowforge.event") == 0


async def test_the_token_of_another_session_does_not_write(mira, join):
    noor = await join("noor")
    headers = {"x-flowforge-csrf": noor.headers["x-flowforge-csrf"]}

    assert (await mira.post("/events", json={"name": "order/created", "data": {}}, headers=headers)).status_code == 403
    assert (await mira.post("/events", json={"name": "order/created", "data": {}})).status_code == 202


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
)
async def test_a_page_of_another_origin_writes_nothing_even_with_a_token(mira, headers):
    assert (await mira.post("/events", json={"name": "order/created", "data": {}}, headers=headers)).status_code == 403
    assert (await mira.post("/v1/sign_ins", json={"email": "a@b.example", "password": PASSWORD}, headers=headers)).status_code == 403


async def test_our_own_page_writes(mira):
    headers = {"origin": "https://localhost", "sec-fetch-site": "same-origin"}
    assert (await mira.post("/events", json={"name": "order/created", "data": {}}, headers=headers)).status_code == 202


async def test_another_password_needs_the_one_before_and_ends_the_other_sessions(mira, browser_of, actions):
    other, before = browser_of(), mira.session
    await other.sign_in("mira@example.com")
    wrong = await mira.act("PUT", "/v1/account/password", json={"password": "wrong", "new_password": "nine brown owls at dusk"})
    poor = await mira.act("PUT", "/v1/account/password", json={"password": PASSWORD, "new_password": "password1234"})
    done = await mira.act("PUT", "/v1/account/password", json={"password": PASSWORD, "new_password": "nine brown owls at dusk"})

    assert (wrong.status_code, poor.status_code, done.status_code) == (401, 422, 200)
    assert poor.json()["errors"][0]["pointer"] == "/new_password"
    assert mira.session != before and (await mira.get("/v1/session")).status_code == 200
    assert (await browser_of(cookies={"__Host-flowforge": before}).get("/v1/session")).status_code == 401
    assert (await other.get("/v1/session")).status_code == 401
    assert (await browser_of().sign_in("mira@example.com")).status_code == 401
    assert (await browser_of().sign_in("mira@example.com", "nine brown owls at dusk")).status_code == 201
    assert "account.change_password" in await actions()


async def test_a_stolen_session_cannot_try_passwords_for_ever(mira):
    body = {"password": "wrong wrong wrong", "new_password": "nine brown owls at dusk"}
    statuses = [(await mira.act("PUT", "/v1/account/password", json=body)).status_code for _ in range(6)]

    assert statuses == [401] * 5 + [429]


async def test_what_belongs_to_people_is_not_for_keys(database, bell, vault, passwords, client_of):
    from flowforge.api.app import create_app
    from flowforge.settings import Settings

    app = create_app(database, settings=Settings(api_key="k" * 40), bell=bell, vault=vault, passwords=passwords)
    async with client_of(app, headers={"authorization": "Bearer " + "k" * 40}) as key:
        assert (await key.get("/v1/session")).status_code == 403
        assert (await key.get("/v1/people")).status_code == 200


async def test_https_is_asked_for_again_the_next_time(mira, api):
    assert "max-age" in (await mira.get("/sign-in")).headers["strict-transport-security"]
    assert "strict-transport-security" not in (await api.get("/sign-in")).headers


async def test_a_session_is_worth_nothing_without_its_membership(mira, database):
    for change in ("disabled_at = now()", "disabled_at = null, role = null"):
        await database.pool.execute(f"update flowforge.person set {change}")
        assert await find_session(database, mira.session) is None
    await database.pool.execute("update flowforge.person set role = 'viewer'")
    assert (await find_session(database, mira.session)).permissions == ROLES["viewer"] | OF_THE_DEPLOYMENT
    await database.pool.execute("update flowforge.account set disabled_at = now()")
    assert await find_session(database, mira.session) is None
