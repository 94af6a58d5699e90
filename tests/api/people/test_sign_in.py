"""Who gets in with a password, who does not, and what the one learns of the other."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from flowforge.access.password import Passwords, check_password
from flowforge.errors import InvalidInput

from .conftest import PASSWORD


async def test_nobody_does_anything_without_a_proof(browser_of):
    stranger = browser_of()

    for method, path in [
        ("GET", "/v1/runs"),
        ("GET", "/v1/people"),
        ("POST", "/v1/invitations"),
        ("GET", "/v1/session"),
        ("POST", "/events"),
    ]:
        assert (await stranger.request(method, path)).status_code == 401, path


async def test_a_password_opens_a_session_with_what_the_role_allows(mira):
    shown = (await mira.get("/v1/session")).json()

    assert (shown["name"], shown["role"], shown["operator"], shown["tenant"]["name"]) == ("mira", "admin", True, "default")
    assert {"people:write", "deployment:control"} <= set(shown["permissions"])
    assert (await mira.get("/v1/runs")).status_code == 200


async def test_a_page_that_knows_only_the_cookie_is_told_what_it_needs_to_write(mira):
    me = (await mira.get("/v1/me")).json()

    assert me["csrf_token"] == (await mira.get("/v1/session")).json()["csrf_token"]
    assert (await mira.delete("/v1/session", headers={"x-flowforge-csrf": me["csrf_token"]})).status_code == 204


async def test_the_cookie_is_out_of_reach_for_scripts_and_for_other_pages(mira, browser_of):
    answer = await browser_of().post("/v1/sign_ins", json={"email": "Mira@Example.com", "password": PASSWORD})

    for cookie in answer.headers.get_list("set-cookie"):
        attributes = {part.strip().lower().partition("=")[0] for part in cookie.split(";")[1:]}
        assert cookie.startswith("__Host-") and {"secure", "httponly", "path", "samesite"} <= attributes and "domain" not in attributes
        assert "samesite=lax" in cookie.lower() and "path=/;" in cookie.lower() + ";"


@pytest.mark.parametrize(
    "given",
    [
        {"email": "mira@example.com", "password": "wrong wrong wrong"},
        {"email": "nobody@example.com", "password": PASSWORD},
        {"email": "mira@example.com", "password": PASSWORD + "x" * 900},
        {"email": "no address", "password": ""},
        {"email": "mira@example.com\u0001", "password": PASSWORD},
    ],
)
async def test_whatever_is_wrong_gets_one_answer(mira, browser_of, given):
    answer = await browser_of().post("/v1/sign_ins", json=given)

    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert answer.json()["detail"] == "the e-mail address, the password or the code is not right"


async def test_an_unknown_address_costs_the_same_work(mira, browser_of, closed, monkeypatch):
    verified = []
    matches = Passwords._matches
    monkeypatch.setattr(Passwords, "_matches", lambda self, kept, password: verified.append(kept[:20]) or matches(self, kept, password))
    await browser_of().post("/v1/sign_ins", json={"email": "mira@example.com", "password": "wrong wrong wrong"})
    await browser_of().post("/v1/sign_ins", json={"email": "nobody@example.com", "password": "wrong wrong wrong"})

    assert len(verified) == 2 and verified[0] == verified[1]


async def test_a_password_is_kept_as_argon2id_and_hashed_anew_when_the_parameters_change(mira, browser_of, closed, database):
    kept = "select password_hash from flowforge.account"
    before = await database.pool.fetchval(kept)
    closed.state.doors.passwords._hasher = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)

    assert (await browser_of().sign_in("mira@example.com")).status_code == 201
    after = await database.pool.fetchval(kept)
    assert before.startswith("$argon2id$v=19$m=8,t=1,p=1$") and after.startswith("$argon2id$v=19$m=16,t=2,p=1$")


def test_the_parameters_are_those_of_the_rfc():
    hasher = Passwords()._hasher

    assert (hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (3, 65536, 4)


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 11, "x" * 1025, "aaaaaaaaaaaaaaaa", "123456789012", "abcdefghijklmnop", "Password1234", "PASSWORD123!", "qwertyuiop123",
     "mira@example.com", "mira.example.com", "miraexample12", "correcthorsebatterystaple", "flowforgeflowforge"],
)  # fmt: skip
def test_the_obvious_is_refused(password):
    with pytest.raises(InvalidInput) as refused:
        check_password(password, "mira@example.com")
    assert refused.value.pointer == "/password"


@pytest.mark.parametrize("password", ["seven grey herons at dawn", "Tr0ub4dor&3-and-more", "ünïcödé wörds hélp", "x7#kQ9!mZ2@p"])
def test_what_is_not_obvious_is_taken(password):
    check_password(password, "mira@example.com")


async def test_after_five_failures_each_further_attempt_waits_twice_as_long(mira, browser_of, later):
    guesser = browser_of(peer="203.0.113.9")
    guess = {"email": "mira@example.com", "password": "wrong wrong wrong"}

    statuses = [(await guesser.post("/v1/sign_ins", json=guess)).status_code for _ in range(5)]
    waits, skew = [], 0
    for _ in range(12):
        locked = await guesser.post("/v1/sign_ins", json=guess)
        assert locked.status_code == 429
        waits.append(int(locked.headers["retry-after"]))
        skew += waits[-1]
        await later(f"{skew} seconds")
        assert (await guesser.post("/v1/sign_ins", json=guess)).status_code == 401

    assert statuses == [401] * 5
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


async def test_an_address_of_nobody_is_locked_like_any_other(mira, browser_of):
    answers = {}
    for number, email in enumerate(["mira@example.com", "nobody@example.com"]):
        guesser = browser_of(peer=f"203.0.113.{number}")
        found = [await guesser.post("/v1/sign_ins", json={"email": email, "password": "wrong wrong wrong"}) for _ in range(7)]
        answers[email] = [(one.status_code, one.json()["detail"], one.headers.get("retry-after")) for one in found]

    assert answers["mira@example.com"] == answers["nobody@example.com"] and answers["nobody@example.com"][-1][0] == 429


async def test_a_source_that_tries_one_address_after_the_other_is_locked(mira, browser_of):
    sprayer = browser_of(peer="2001:db8:1:2::1")
    for number in range(5):
        await sprayer.post("/v1/sign_ins", json={"email": f"p{number}@example.com", "password": "wrong wrong wrong"})

    assert (await sprayer.post("/v1/sign_ins", json={"email": "p9@example.com", "password": PASSWORD})).status_code == 429
    neighbour = browser_of(peer="2001:db8:1:2:ffff::7")  # one customer has a whole /64
    assert (await neighbour.post("/v1/sign_ins", json={"email": "p9@example.com", "password": PASSWORD})).status_code == 429
    assert (await browser_of(peer="2001:db8:1:3::1").sign_in("mira@example.com")).status_code == 201


async def test_many_attempts_at_once_get_no_further_than_one_after_the_other(mira, browser_of):
    guesser = browser_of(peer="203.0.113.9")
    guess = {"email": "mira@example.com", "password": "wrong wrong wrong"}

    statuses = [one.status_code for one in await asyncio.gather(*(guesser.post("/v1/sign_ins", json=guess) for _ in range(20)))]

    assert statuses.count(401) == 5 and statuses.count(429) == 15


async def test_strangers_who_guess_do_not_lock_out_a_browser_that_is_known(mira, browser_of):
    for number in range(9):
        await browser_of(peer=f"203.0.113.{number}").sign_in("mira@example.com", "wrong wrong wrong")

    assert (await browser_of(peer="203.0.113.99").sign_in("mira@example.com")).status_code == 429
    assert (await mira.sign_in("mira@example.com")).status_code == 201  # the same browser as before


async def test_a_known_browser_has_no_more_guesses_than_others(mira):
    statuses = [(await mira.sign_in("mira@example.com", "wrong wrong wrong")).status_code for _ in range(7)]

    assert statuses == [401] * 5 + [429] * 2


async def test_a_success_forgets_what_failed_before(mira, browser_of):
    for number in range(3):
        browser = browser_of(peer=f"203.0.113.{number}")
        for _ in range(4):
            assert (await browser.sign_in("mira@example.com", "wrong wrong wrong")).status_code == 401
        assert (await browser.sign_in("mira@example.com")).status_code == 201


async def test_a_success_does_not_wash_away_what_its_source_tried_elsewhere(mira, browser_of):
    sprayer = browser_of(peer="203.0.113.9")
    for number in range(4):
        assert (await sprayer.sign_in(f"p{number}@example.com", "wrong wrong wrong")).status_code == 401
        sprayer.cookies.clear()
        assert (await sprayer.sign_in("mira@example.com")).status_code == 201
        sprayer.cookies.clear()

    assert (await sprayer.sign_in("p4@example.com", "wrong wrong wrong")).status_code == 401
    assert (await sprayer.sign_in("mira@example.com")).status_code == 429


async def test_sign_ins_stand_in_the_audit_log_without_what_was_typed(mira, browser_of, database):
    await browser_of(peer="203.0.113.9").sign_in("mira@example.com", "my secret password")
    await browser_of(peer="203.0.113.9").sign_in("typed-into-the-wrong-field", "x")

    entries = await database.pool.fetch(
        "select action, target, detail, tenant_id from flowforge.audit where action like 'session.%' order by 1"
    )
    assert [row["action"] for row in entries] == ["session.create"] * 2 + ["session.refuse"] * 2
    assert not any(word in str(dict(row)) for row in entries for word in ("secret", "wrong-field", PASSWORD))
    assert {row["target"] for row in entries if row["action"] == "session.refuse"} >= {"nobody"}


async def test_failures_fill_no_log(mira, browser_of, later, actions):
    guesser, skew = browser_of(peer="203.0.113.9"), 0
    for _ in range(16):
        answer = await guesser.sign_in("mira@example.com", "wrong wrong wrong")
        if answer.status_code == 429:
            skew += int(answer.headers["retry-after"])
            await later(f"{skew} seconds")

    assert (await actions()).count("session.refuse") <= 5


async def test_a_device_that_was_made_up_or_is_somebody_elses_counts_for_nothing(mira, join, browser_of):
    noor = await join("noor")
    await noor.sign_in("noor@example.com")
    made_up = [{"__Host-flowforge-device": f"device-{number}"} for number in range(5)]
    guessers = [browser_of(cookies=one) for one in made_up]
    statuses = [(await one.sign_in("mira@example.com", "wrong wrong wrong")).status_code for one in guessers]
    theirs = browser_of(peer="203.0.113.9", cookies={"__Host-flowforge-device": noor.cookies["__Host-flowforge-device"]})

    assert statuses == [401] * 5
    assert (await theirs.sign_in("mira@example.com", "wrong wrong wrong")).status_code == 429
