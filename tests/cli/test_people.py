"""`flowforge people`, against answers in the contract's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.people import INVITATION, LINK, PERSON
from flowforge.cli import main


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        router.get("/v1/people").respond(json={"data": [PERSON], "next_cursor": None})
        router.get("/v1/invitations").respond(json={"data": [INVITATION], "next_cursor": None})
        yield router


def flowforge(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["people", *arguments])


def test_people_are_listed_with_their_roles(server):
    done = flowforge()
    assert done.exit_code == 0 and "mira" in done.stdout and "approver" in done.stdout and "second factor" in done.stdout


def test_an_invitation_shows_its_link_once(server):
    asked = server.post("/v1/invitations").respond(201, json={**INVITATION, "link": LINK})
    done = flowforge("invite", "noor@example.com", "--role", "approver")
    assert (done.exit_code, done.stdout) == (0, LINK + "\n") and "noor@example.com" in done.stderr
    assert json.loads(asked.calls[0].request.content) == {"email": "noor@example.com", "role": "approver"}


def test_an_invitation_is_listed_and_revoked(server):
    gone = server.delete(f"/v1/invitations/{INVITATION['id']}").respond(204)
    assert "noor@example.com" in flowforge("invitations").stdout
    assert flowforge("uninvite", "NOOR@example.com").exit_code == 0 and gone.called
    assert flowforge("uninvite", "nobody@example.com").exit_code == 4


@pytest.mark.parametrize(
    ("words", "change"),
    [
        (("role", "mira", "viewer"), {"role": "viewer"}),
        (("disable", "mira@example.com"), {"disabled": True}),
        (("enable", PERSON["id"]), {"disabled": False}),
    ],
)
def test_people_are_changed_by_name_address_or_id(server, words, change):
    asked = server.patch(f"/v1/people/{PERSON['id']}").respond(json=PERSON)
    assert flowforge(*words).exit_code == 0
    assert json.loads(asked.calls[0].request.content) == change


def test_somebody_is_removed_and_a_mistyped_name_is_told_with_the_nearest(server):
    gone = server.delete(f"/v1/people/{PERSON['id']}").respond(204)
    assert flowforge("remove", "mira").exit_code == 0 and gone.called
    wrong = flowforge("remove", "mirra")
    assert wrong.exit_code == 4 and "mira" in wrong.stderr


def test_a_reset_shows_its_link(server):
    server.post("/v1/password_resets").respond(201, json={"link": LINK})
    assert flowforge("reset", "noor@example.com").stdout == LINK + "\n"
