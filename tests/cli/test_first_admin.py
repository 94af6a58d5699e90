"""A fresh `serve` as its owner and a stranger meet it: closed, but for one link on the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]

FORM = {"email": "mira@example.com", "name": "mira", "password": "seven grey herons at dawn"}


def link_of(server: Running) -> str:
    return re.search(r"http://\S+/welcome\?token=(\S+)", server.output)[1]


def cookie_of(answer: httpx.Response) -> dict[str, str]:
    """As a browser sends it back: over plain http to localhost that does what the standard library does not."""
    return {"cookie": "; ".join(one.partition(";")[0] for one in answer.headers.get_list("set-cookie"))}


@pytest.mark.thorough  # three processes
def test_a_fresh_server_is_closed_until_its_first_admin_is_made_by_its_one_link(start: Start) -> None:
    voided = start("serve", "--port", "0", FLOWFORGE_API_KEY="")
    voided.ready()
    server = start("serve", "--port", "0", FLOWFORGE_API_KEY="")
    server.ready()
    token = link_of(server)
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        for method, path in [
            ("GET", "/v1/runs"),
            ("POST", "/events"),
            ("GET", "/v1/people"),
            ("POST", "/v1/invitations"),
            ("GET", "/metrics"),
        ]:
            assert http.request(method, path, headers={"x-flowforge-tenant": "default"}).status_code == 401, path
        assert http.post("/v1/sign_ins", json={"email": FORM["email"], "password": FORM["password"]}).status_code == 401
        for wrong in ("", "x", token[:-1], link_of(voided)):
            assert http.post("/welcome", data={**FORM, "token": wrong}).status_code == 410
            assert http.get("/welcome", params={"token": wrong}).status_code == 410

        page = http.get("/welcome", params={"token": token})
        assert (
            page.status_code == 200 and "<script" not in page.text and "frame-ancestors 'none'" in page.headers["content-security-policy"]
        )
        poor = http.post("/welcome", data={**FORM, "token": token, "password": "password1234"})
        assert poor.status_code == 422 and "password1234" not in poor.text
        foreign = http.post("/welcome", data={**FORM, "token": token}, headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403

        with ThreadPoolExecutor(4) as pool:
            forms = [{**FORM, "token": token, "email": f"m{n}@example.com"} for n in range(4)]
            answers = list(pool.map(lambda form: http.post("/welcome", data=form), forms))
        assert sorted(one.status_code for one in answers) == [303, 410, 410, 410]
        [made] = [one for one in answers if one.status_code == 303]
        shown = http.get("/v1/session", headers=cookie_of(made)).json()
        assert (shown["role"], shown["operator"], shown["tenant"]["name"], len(shown["tenants"])) == ("admin", True, "default", 1)
    assert token not in server.output.replace(f"token={token}", "", 1)

    again = start("serve", "--port", "0", FLOWFORGE_API_KEY="")
    assert "/welcome" not in again.ready()
