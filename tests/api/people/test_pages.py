"""The pages for browsers: plain forms without a script, that nobody else's page can fill in."""

from __future__ import annotations

import asyncio
import re

import pytest

from flowforge.access.first_admin import open_first_link

from .conftest import PASSWORD


async def test_no_page_runs_a_script_or_stands_in_a_frame(browser_of):
    for path in ("/sign-in", "/welcome", "/invitation?token=x", "/new-password"):
        page = await browser_of().get(path)
        policy = page.headers["content-security-policy"]

        assert "<script" not in page.text and "default-src 'none'" in policy and "script-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
        assert page.headers["referrer-policy"] == "same-origin" and page.headers["cache-control"] == "no-store"


async def test_signing_in_and_out_by_form(mira, browser_of):
    browser = browser_of()
    form = {"email": "mira@example.com", "password": PASSWORD, "next": "/docs"}
    answer = await browser.post("/sign-in", data=form, headers={"origin": "https://localhost", "sec-fetch-site": "same-origin"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")

    shown = await browser.get("/sign-in")
    csrf = re.search(r'name="csrf" value="([^"]+)"', shown.text)[1]
    assert "You are mira, admin of default." in shown.text
    assert (await browser.post("/sign-out", data={"csrf": "wrong"})).status_code == 403
    assert (await browser.post("/sign-out", data={"other": "x"})).status_code == 403
    assert (await browser.post("/sign-out", data={"csrf": csrf})).status_code == 303
    assert (await browser.get("/v1/session")).status_code == 401


async def test_it_leads_nowhere_else(mira, browser_of):
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "/%0d\r\nset-cookie: x", "javascript:alert(1)", ""):
        answer = await browser_of().post("/sign-in", data={"email": "mira@example.com", "password": PASSWORD, "next": target})

        assert answer.headers["location"] == "/", target


async def test_what_was_typed_is_escaped(browser_of):
    typed = '"><script>alert(1)</script>@example.com'
    page = await browser_of().post("/sign-in", data={"email": typed, "password": "<b>secret</b>", "next": '/"><i>'})

    assert page.status_code == 401 and "<script" not in page.text and "<b>" not in page.text and "secret" not in page.text
    assert "&lt;script&gt;" in page.text and 'role="alert"' in page.text


async def test_a_page_of_somebody_else_signs_nobody_in(mira, browser_of):
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        answer = await browser_of().post("/sign-in", data={"email": "mira@example.com", "password": PASSWORD}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b'{"email": "x"}', "application/json", 415),
        (b"email=%FF", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"email=a%00b", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(50)), "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 401),
        (b"email=" + b"x" * (9 * 1024 * 1024), "application/x-www-form-urlencoded", 413),
    ],
)
async def test_what_is_no_form_is_told_so(browser_of, content, media_type, status):
    assert (await browser_of().post("/sign-in", content=content, headers={"content-type": media_type})).status_code == status


async def test_a_locked_form_says_when_to_come_again(mira, browser_of):
    guesser = browser_of(peer="203.0.113.9")
    pages = [await guesser.post("/sign-in", data={"email": "mira@example.com", "password": "wrong"}) for _ in range(6)]

    assert [page.status_code for page in pages] == [401] * 5 + [429] and pages[-1].headers["retry-after"] == "1"


async def test_of_two_first_admins_at_once_one_is_made(browser_of, database):
    token = await open_first_link(database)
    forms = [{"token": token, "email": f"p{n}@example.com", "name": f"p{n}", "password": PASSWORD} for n in range(5)]
    answers = await asyncio.gather(*(browser_of().post("/welcome", data=form) for form in forms))

    assert sorted(one.status_code for one in answers) == [303] + [410] * 4
    assert await database.pool.fetchval("select count(*) from flowforge.account") == 1
    assert await open_first_link(database) is None


async def test_two_servers_that_start_at_once_leave_one_link(browser_of, database):
    tokens = await asyncio.gather(*(open_first_link(database) for _ in range(4)))
    pages = [await browser_of().get("/welcome", params={"token": token}) for token in tokens]

    assert sorted(page.status_code for page in pages) == [200, 410, 410, 410]


async def test_the_first_link_ends_after_an_hour(browser_of, database, later):
    token = await open_first_link(database)
    await later("59 minutes")
    assert (await browser_of().get("/welcome", params={"token": token})).status_code == 200
    await later("61 minutes")
    form = {"token": token, "email": "p@example.com", "name": "p", "password": PASSWORD}
    assert (await browser_of().post("/welcome", data=form)).status_code == 410


async def test_an_invitation_is_accepted_by_form(mira, browser_of):
    link = (await mira.post("/v1/invitations", json={"email": "noor@example.com", "role": "viewer"})).json()["link"]
    browser, form = browser_of(), {"token": link.rpartition("=")[2], "name": "noor", "password": PASSWORD}

    assert "default as viewer" in (await browser.get(link)).text
    assert (await browser.post("/invitation", data={**form, "password": "password1234"})).status_code == 422
    assert (await browser.post("/invitation", data={**form, "name": "mira"})).status_code == 422
    assert (await browser.post("/invitation", data=form)).status_code == 303
    assert (await browser.get("/v1/session")).json()["role"] == "viewer"
    assert (await browser.post("/invitation", data=form)).status_code == 410


@pytest.mark.parametrize("path", ["/sign-in", "/welcome", "/invitation", "/new-password", "/v1/sign_ins", "/v1/invitation_acceptances"])
async def test_a_stranger_sends_little(browser_of, path):
    form = "application/json" if path.startswith("/v1/") else "application/x-www-form-urlencoded"
    answer = await browser_of().post(path, content=b"a" * (64 * 1024 + 1), headers={"content-type": form})
    assert answer.status_code == 413, answer.text


async def test_a_long_password_is_refused_without_being_hashed(browser_of, mira, doors, monkeypatch):
    hashed = []
    monkeypatch.setattr(doors.passwords, "_matches", lambda kept, password: hashed.append(len(password)))
    answer = await browser_of().post("/sign-in", data={"email": "mira@example.com", "password": "x" * 60_000})
    assert answer.status_code == 401 and max(hashed) <= 1024
