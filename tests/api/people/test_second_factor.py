"""Codes of an app, and recovery codes: asked for, used once, taken away."""

from __future__ import annotations

import asyncio

import pyotp
import pytest

from .conftest import PASSWORD


@pytest.fixture
async def code_at(database):
    """The code that the app shows so many seconds from the database's now, which is early in the half minute that a code holds."""
    await database.pool.execute("update flowforge.clock set skew = make_interval(secs => 32 - extract(epoch from now()) % 30)")

    async def find(secret: str, seconds: int = 0) -> str:
        moment = await database.pool.fetchval("select flowforge.now()")
        return pyotp.TOTP(secret).at(int(moment.timestamp()) + seconds)

    return find


async def enrol(browser, code_at) -> tuple[str, list[str]]:
    begun = await browser.act("POST", "/v1/account/totp", json={"password": PASSWORD})
    secret = begun.json()["secret"]
    done = await browser.act("PUT", "/v1/account/totp", json={"code": await code_at(secret)})
    assert done.status_code == 200, done.text
    return secret, done.json()["recovery_codes"]


async def test_it_counts_once_a_code_has_confirmed_it(mira, browser_of, code_at, actions):
    begun = await mira.act("POST", "/v1/account/totp", json={"password": PASSWORD})
    assert begun.json()["url"].startswith("otpauth://totp/FlowForge:mira%40example.com?secret=")
    assert (await browser_of().sign_in("mira@example.com")).status_code == 201
    assert (await mira.act("PUT", "/v1/account/totp", json={"code": "000000"})).status_code == 422

    done = await mira.act("PUT", "/v1/account/totp", json={"code": await code_at(begun.json()["secret"])})
    assert len(set(done.json()["recovery_codes"])) == 10 and "account.enrol_totp" in await actions()
    assert (await browser_of().sign_in("mira@example.com")).status_code == 401
    assert (await mira.get("/v1/session")).json()["second_factor"] is True
    assert (await mira.act("POST", "/v1/account/totp", json={"password": PASSWORD})).status_code == 409


async def test_nothing_of_it_is_readable_in_the_database(mira, code_at, database):
    secret, codes = await enrol(mira, code_at)
    tables = [row["tablename"] for row in await database.pool.fetch("select tablename from pg_tables where schemaname = 'flowforge'")]
    for table in tables:
        for row in await database.pool.fetch(f"select t::text as text from flowforge.{table} t"):
            assert not any(word in row["text"] or word.encode().hex() in row["text"] for word in (secret, *codes, PASSWORD)), table


async def test_a_code_is_used_once(mira, browser_of, code_at, later):
    secret, _ = await enrol(mira, code_at)
    used = await code_at(secret)
    assert (await browser_of(peer="203.0.113.1").sign_in("mira@example.com", code=used)).status_code == 401  # it confirmed the enrolment
    await later("90 seconds")
    code = await code_at(secret)
    answers = await asyncio.gather(*(browser_of(peer=f"203.0.113.{n}").sign_in("mira@example.com", code=code) for n in range(2, 5)))
    assert sorted(one.status_code for one in answers) == [201, 401, 401]


@pytest.mark.parametrize(("seconds", "status"), [(-90, 401), (-30, 201), (30, 201), (90, 401)])
async def test_clocks_may_differ_by_half_a_minute(mira, browser_of, code_at, later, seconds, status):
    secret, _ = await enrol(mira, code_at)
    await later("10 minutes")

    assert (await browser_of().sign_in("mira@example.com", code=await code_at(secret, seconds))).status_code == status


async def test_a_wrong_password_does_not_use_up_a_code(mira, browser_of, code_at, later):
    secret, codes = await enrol(mira, code_at)
    await later("90 seconds")
    code = await code_at(secret)

    for given in (code, codes[0]):
        assert (await browser_of().sign_in("mira@example.com", "wrong wrong wrong", code=given)).status_code == 401
        assert (await browser_of().sign_in("mira@example.com", code=given)).status_code == 201


async def test_a_recovery_code_stands_in_once(mira, browser_of, code_at):
    _, codes = await enrol(mira, code_at)

    assert (await browser_of().sign_in("mira@example.com", code=codes[3].upper().replace("-", " "))).status_code == 201
    assert (await browser_of().sign_in("mira@example.com", code=codes[3])).status_code == 401
    fresh = await mira.act("POST", "/v1/account/recovery_codes", json={"password": PASSWORD})
    assert (await browser_of().sign_in("mira@example.com", code=codes[4])).status_code == 401
    assert (await browser_of().sign_in("mira@example.com", code=fresh.json()["recovery_codes"][0])).status_code == 201


async def test_codes_are_guessed_no_faster_than_passwords(mira, browser_of, code_at):
    await enrol(mira, code_at)
    statuses = [(await browser_of().sign_in("mira@example.com", code=f"{n:06}")).status_code for n in range(6)]

    assert statuses == [401] * 5 + [429]


async def test_taking_it_away_needs_the_password(mira, browser_of, code_at):
    await enrol(mira, code_at)

    assert (await mira.act("POST", "/v1/account/totp/removals", json={"password": "wrong"})).status_code == 401
    assert (await mira.act("POST", "/v1/account/totp/removals", json={"password": PASSWORD})).status_code == 201
    assert (await browser_of().sign_in("mira@example.com")).status_code == 201
    assert (await mira.act("POST", "/v1/account/recovery_codes", json={"password": PASSWORD})).status_code == 409


async def test_what_is_shown_once_is_not_shown_to_a_repeat(mira, database):
    headers = {"idempotency-key": "enrol-1"}
    first = await mira.post("/v1/account/totp", json={"password": PASSWORD}, headers=headers)
    again = await mira.post("/v1/account/totp", json={"password": PASSWORD}, headers=headers)

    assert first.json()["secret"] and again.json() == {"secret": None, "url": None}


async def test_without_a_key_to_seal_with_there_is_no_second_factor(mira, closed):
    object.__setattr__(closed.state.doors, "vault", None)
    refused = await mira.act("POST", "/v1/account/totp", json={"password": PASSWORD})

    assert refused.status_code == 409 and "FLOWFORGE_SECRETS_KEY" in refused.json()["hint"]
