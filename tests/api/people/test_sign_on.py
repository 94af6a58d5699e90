"""Signing in through a provider: oidc-provider-mock as a server of its own, and what lies between it and us tampered with."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk, jwt

from flowforge.access.provider import read_providers

from .conftest import PASSWORD, Browser

CLIENT = "flowforge-test"
Tamper = Callable[[httpx.Request, dict], dict | None]


class Between(httpx.AsyncBaseTransport):
    """The way from us to the provider: what is answered can be changed on it, and each request is kept."""

    def __init__(self) -> None:
        self.tamper: Tamper | None = None
        self.forms: list[dict[str, list[str]]] = []
        self._way = httpx.AsyncHTTPTransport(verify=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.forms.append(parse_qs(request.content.decode()))
        answer = await self._way.handle_async_request(request)
        body = json.loads(await answer.aread())
        if self.tamper is not None and (changed := self.tamper(request, body)) is not None:
            body = changed
        return httpx.Response(answer.status_code, json=body)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider on loopback."""
    import oidc_provider_mock

    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def between() -> Between:
    return Between()


@pytest.fixture(autouse=True)
def with_provider(closed, issuer, between):
    """Let the app know the provider, with these settings of it."""

    def use(**more: str) -> None:
        fields = {"ISSUER": issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": "s3cret", "ROLES": "eng-leads=admin,eng=member", **more}
        closed.state.providers = read_providers({f"FLOWFORGE_OIDC_ACME_{name}": value for name, value in fields.items()})

    use()
    closed.state.sign_on_transport = between
    return use


@pytest.fixture
async def at_provider(issuer):
    """Sign in at the provider, as whoever has these claims; the address that the browser is sent back to."""

    async def sign_in(url: str, sub: str, **claims: object) -> str:
        async with httpx.AsyncClient(base_url=issuer, trust_env=False, verify=False) as http:
            assert (await http.put(f"/users/{sub}", json=claims)).status_code == 204
            answer = await http.post(url, data={"sub": sub})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    return sign_in


NOOR = {"email": "noor@acme.example", "email_verified": True, "name": "Noor", "groups": ["eng", "all"]}


@pytest.fixture
def round_trip(browser_of, at_provider):
    """The whole way, there and back, in a browser."""

    async def go(browser: Browser | None = None, sub: str = "noor", **claims: object) -> tuple[Browser, httpx.Response]:
        browser = browser or browser_of()
        begun = await browser.get("/sign-in/acme", params={"next": "/docs"})
        assert begun.status_code == 303, begun.text
        back = await at_provider(begun.headers["location"], sub, **{**NOOR, **claims})
        return browser, await browser.get(back)

    return go


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 401 and "__Host-flowforge=" not in str(answer.headers.get_list("set-cookie"))
    return re.search(r'role="alert">([^<]+)', answer.text)[1]


async def test_somebody_in_a_mapped_group_gets_an_account_with_its_role(round_trip, between, actions):
    browser, answer = await round_trip()
    shown = (await browser.get("/v1/session")).json()

    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    assert (shown["name"], shown["email"], shown["role"], shown["operator"]) == ("Noor", "noor@acme.example", "member", False)
    assert {"account.link", "session.create"} <= set(await actions())
    assert any(form.get("code_verifier") for form in between.forms)


async def test_the_way_there_has_pkce_a_state_and_a_nonce(browser_of):
    begun = await browser_of().get("/sign-in/acme")
    sent = parse_qs(urlsplit(begun.headers["location"]).query)

    assert sent["code_challenge_method"] == ["S256"] and sent["response_type"] == ["code"] and "openid" in sent["scope"][0]
    assert min(len(sent[name][0]) for name in ("code_challenge", "state", "nonce")) >= 43
    assert sent["redirect_uri"] == ["https://localhost/sign-in/acme/callback"]
    cookie = begun.headers["set-cookie"]
    assert cookie.startswith("__Host-flowforge-sign-on=") and not any(sent[name][0] in cookie for name in ("state", "nonce"))


async def test_the_role_follows_the_groups(round_trip):
    await round_trip()
    browser, _ = await round_trip(groups=["eng", "eng-leads"])
    assert (await browser.get("/v1/session")).json()["role"] == "admin"
    browser, _ = await round_trip(groups=["eng"])  # the last admin stays one
    assert (await browser.get("/v1/session")).json()["role"] == "admin"


async def test_who_lost_the_groups_is_out(round_trip):
    await round_trip()
    _, answer = await round_trip(groups=["sales"])

    assert "none of your groups" in refused(answer).lower()


async def test_strangers_get_no_account(round_trip, with_provider, database):
    with_provider(DEFAULT_ROLE="viewer")
    _, answer = await round_trip(groups=[])
    assert "invited" in refused(answer)
    assert await database.pool.fetchval("select count(*) from flowforge.account") == 0
    with_provider(DEFAULT_ROLE="viewer", DOMAINS="acme.example")
    browser, _ = await round_trip(groups=[])
    assert (await browser.get("/v1/session")).json()["role"] == "viewer"


async def test_an_address_that_was_not_verified_lets_nobody_in(round_trip, mira):
    for claim in (False, None, "false", 0):
        _, answer = await round_trip(sub="x", email="mira@example.com", email_verified=claim, groups=["eng-leads"])
        assert "verified" in refused(answer)


async def test_an_account_that_exists_is_opened_by_a_trusted_provider_only(round_trip, mira, with_provider):
    _, answer = await round_trip(sub="m", email="mira@example.com")
    assert "not trusted" in refused(answer)
    with_provider(TRUSTED="1")
    browser, _ = await round_trip(sub="m", email="MIRA@example.com", groups=["eng-leads"])
    shown = (await browser.get("/v1/session")).json()
    assert (shown["email"], shown["role"], shown["operator"]) == ("mira@example.com", "admin", True)


async def test_who_took_somebody_elses_address_is_out_when_its_owner_comes(round_trip, mira, join, with_provider, browser_of):
    thief = await join("noor")  # whoever held the invitation's link, with a password of theirs
    with_provider(TRUSTED="1")
    browser, _ = await round_trip(email="noor@example.com")

    assert (await browser.get("/v1/session")).json()["email"] == "noor@example.com"
    assert (await thief.get("/v1/session")).status_code == 401
    assert (await browser_of().sign_in("noor@example.com", PASSWORD)).status_code == 401


async def test_who_is_shut_out_stays_out(round_trip, mira):
    browser, _ = await round_trip()
    them = (await browser.get("/v1/session")).json()["user"]
    await mira.patch(f"/v1/people/{them}", json={"disabled": True})
    _, answer = await round_trip()

    assert "shut out" in refused(answer)


async def test_a_state_of_another_browser_is_refused(browser_of, at_provider):
    browser, other = browser_of(), browser_of()
    begun = await browser.get("/sign-in/acme")
    back = await at_provider(begun.headers["location"], "noor", **NOOR)
    assert "begin again" in refused(await other.get(back))  # none of its own
    await other.get("/sign-in/acme")
    assert "begin again" in refused(await other.get(back))  # another one
    assert "begin again" in refused(await browser.get(re.sub(r"state=[^&]+", "state=x", back)))


async def test_a_sign_on_ends_after_ten_minutes(browser_of, at_provider, later):
    browser = browser_of()
    begun = await browser.get("/sign-in/acme")
    back = await at_provider(begun.headers["location"], "noor", **NOOR)
    cookies = dict(browser.cookies)
    await later("11 minutes")
    assert "begin again" in refused(await browser_of(cookies=cookies).get(back))


async def test_a_code_is_taken_once(browser_of, at_provider):
    browser = browser_of()
    begun = await browser.get("/sign-in/acme")
    back = await at_provider(begun.headers["location"], "noor", **NOOR)
    cookies = dict(browser.cookies)
    assert (await browser.get(back)).status_code == 303
    assert "refused" in refused(await browser_of(cookies=cookies).get(back))


async def test_a_provider_that_says_no_is_told_of(browser_of, at_provider):
    browser = browser_of()
    begun = await browser.get("/sign-in/acme")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    answer = await browser.get("/sign-in/acme/callback", params={"error": "access_denied", "error_description": "<b>x", "state": state})
    assert "did not let you in" in refused(answer) and "<b>" not in answer.text


KEY = jwk.RSAKey.generate_key(2048, {"kid": "forged"}, private=True)


def claims_of(token: dict) -> dict:
    part = token["id_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def signed(change: dict) -> Tamper:
    """As if the provider had signed other claims: with a key that it then publishes as its own."""

    def tamper(request: httpx.Request, body: dict) -> dict | None:
        if request.url.path == "/jwks":
            return {"keys": [KEY.as_dict(private=False)]}
        if "id_token" in body:
            claims = {name: value for name, value in {**claims_of(body), **change}.items() if value is not ...}
            return {**body, "id_token": jwt.encode({"alg": "RS256", "kid": "forged"}, claims, KEY)}
        return None

    return tamper


def foreign_key(request: httpx.Request, body: dict) -> dict | None:
    """Signed by a key that the provider does not publish."""
    return signed({})(request, body) if "id_token" in body else None


def unsigned(request: httpx.Request, body: dict) -> dict | None:
    if "id_token" not in body:
        return None
    _, claims, _ = body["id_token"].split(".")
    return {**body, "id_token": "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + claims + "."}


def public_key_as_secret(request: httpx.Request, body: dict) -> dict | None:
    """HS256, with the provider's public key as the shared secret."""
    if request.url.path == "/jwks":
        return {"keys": [KEY.as_dict(private=False)]}
    if "id_token" not in body:
        return None
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "forged"}, claims_of(body))]
    signed_part = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.digest(KEY.as_pem(private=False), signed_part, "sha256")
    return {**body, "id_token": (signed_part + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()}


async def test_the_forger_of_these_tests_is_believed_when_nothing_is_changed(round_trip, between):
    between.tamper = signed({})
    _, answer = await round_trip()
    assert answer.status_code == 303


FORGERIES = {
    "a nonce of another sign-on": signed({"nonce": "another"}),
    "for another client": signed({"aud": "another-client"}),
    "long expired": signed({"exp": 1_700_000_000}),
    "of another issuer": signed({"iss": "https://evil.example"}),
    "signed by a foreign key": foreign_key,
    "unsigned": unsigned,
    "signed with the public key as a secret": public_key_as_secret,
}
MORE_FORGERIES = {
    "no nonce": signed({"nonce": ...}),
    "for two, given to the other": signed({"aud": [CLIENT, "another-client"], "azp": "another-client"}),
    "for two, given to nobody": signed({"aud": [CLIENT, "another-client"]}),
    "given to another": signed({"azp": "another-client"}),
    "for nobody": signed({"aud": ...}),
    "of no issuer": signed({"iss": ...}),
    "without end": signed({"exp": ...}),
    "of the future": signed({"iat": 4_000_000_000}),
    "of nobody": signed({"sub": ...}),
    "no token": lambda request, body: {**body, "id_token": "x.y.z"} if "id_token" in body else None,
    "none": lambda request, body: {**body, "id_token": None} if "id_token" in body else None,
}


async def test_a_token_that_is_not_for_this_sign_on_is_refused(round_trip, between, database):
    for name, between.tamper in FORGERIES.items():
        _, answer = await round_trip()
        assert "begin again" in refused(answer), name
    assert await database.pool.fetchval("select count(*) from flowforge.account") == 0


@pytest.mark.thorough
async def test_a_token_that_is_odd_in_any_way_is_refused(round_trip, between, database):
    for name, between.tamper in MORE_FORGERIES.items():
        _, answer = await round_trip()
        assert "begin again" in refused(answer), name
    assert await database.pool.fetchval("select count(*) from flowforge.account") == 0


async def test_clocks_may_differ_by_a_minute(round_trip, between, later, browser_of, at_provider):
    await later("30 seconds")
    _, answer = await round_trip()
    assert answer.status_code == 303
    await later("62 minutes")  # its tokens hold for an hour
    _, answer = await round_trip()
    assert "begin again" in refused(answer)


async def test_a_provider_that_is_not_what_was_set_is_not_asked(browser_of, between):
    for change in (
        {"issuer": "https://evil.example"},
        {"token_endpoint": "ftp://x"},
        {"jwks_uri": None},
        {"userinfo_endpoint": "ftp://x"},
    ):
        between.tamper = lambda request, body, change=change: {**body, **change} if "openid-configuration" in request.url.path else None
        answer = await browser_of().get("/sign-in/acme")

        assert answer.status_code == 502 and "location" not in answer.headers


async def test_a_provider_that_is_away_is_told_so(browser_of, closed):
    closed.state.providers = read_providers({"FLOWFORGE_OIDC_ACME_ISSUER": "http://localhost:1", "FLOWFORGE_OIDC_ACME_CLIENT_ID": "x"})
    assert (await browser_of().get("/sign-in/acme")).status_code == 502
    assert (await browser_of().get("/sign-in/other")).status_code == 404


async def test_the_sign_in_page_leads_to_each_provider(browser_of):
    page = await browser_of().get("/sign-in", params={"next": "/docs"})
    assert '<a href="/sign-in/acme?next=%2Fdocs">Sign in with Acme</a>' in page.text
