"""Outgoing webhooks over HTTP: endpoints, their keys, and what was sent."""

from __future__ import annotations

import base64

import pytest
from standardwebhooks.webhooks import Webhook

from flowforge import ids
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault
from flowforge.webhooks.sender import Sender

ENDPOINT = {"url": "https://hooks.example.com/x", "events": ["run.failed", "task.*"], "description": "the order desk"}


@pytest.fixture(autouse=True)
def vault(app):
    app.state.vault = Vault(KeyRing.from_text(base64.b64encode(bytes(32)).decode()))
    return app.state.vault


async def test_endpoints_are_made_shown_changed_listed_and_deleted(api):
    made = await api.post("/v1/webhook_endpoints", json=ENDPOINT)
    assert made.status_code == 201, made.text
    body = made.json()
    assert body["secret"].startswith("whsec_") and body["id"].startswith("whe_") and len(body["keys"]) == 1
    whole, ending = f"/v1/webhook_endpoints/{body['id']}", f"/v1/webhook_endpoints/{body['id'][-8:]}"
    shown = (await api.get(whole)).json()
    assert shown == {name: value for name, value in body.items() if name != "secret"} == (await api.get(ending)).json()

    changed = await api.patch(ending, json={"enabled": False, "events": ["*"]})
    assert (changed.status_code, changed.json()["enabled"], changed.json()["events"]) == (200, False, ["*"])
    other = (await api.post("/v1/webhook_endpoints", json=ENDPOINT)).json()
    first = (await api.get("/v1/webhook_endpoints", params={"limit": 1})).json()
    rest = (await api.get("/v1/webhook_endpoints", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["data"] + rest["data"]] == [body["id"], other["id"]] and rest["next_cursor"] is None
    assert (await api.delete(whole)).status_code == 204
    assert (await api.delete(whole)).status_code == 404


async def test_a_repeated_request_makes_one_endpoint_and_its_key_is_kept_nowhere(api, database):
    headers = {"idempotency-key": "one"}
    first = await api.post("/v1/webhook_endpoints", json=ENDPOINT, headers=headers)
    again = await api.post("/v1/webhook_endpoints", json=ENDPOINT, headers=headers)
    assert again.json() == {**first.json(), "secret": None}
    kept = await database.pool.fetch("select r::text from flowforge.idempotent_request r")
    assert kept and all("whsec_" not in row[0] for row in kept)
    key = await api.post(f"/v1/webhook_endpoints/{first.json()['id']}/keys", json={}, headers={"idempotency-key": "two"})
    same = await api.post(f"/v1/webhook_endpoints/{first.json()['id']}/keys", json={}, headers={"idempotency-key": "two"})
    assert key.status_code == 201 and key.json()["secret"].startswith("whsec_") and same.json() == {**key.json(), "secret": None}


async def test_what_does_not_fit_is_refused_with_its_place(api):
    for change, pointer in (
        ({"url": "http://127.0.0.1:8288/"}, "/url"),
        ({"url": "http://metadata.google.internal/"}, "/url"),
        ({"url": "http://0x7f.1/"}, "/url"),
        ({"url": "https://user:pass@example.com/"}, "/url"),
        ({"url": "somewhere"}, "/url"),
        ({"events": ["run.faild"]}, "/events/0"),
        ({"events": []}, "/events"),
        ({"event": "run.failed"}, "/event"),
    ):
        answer = await api.post("/v1/webhook_endpoints", json={**ENDPOINT, **change})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    made = (await api.post("/v1/webhook_endpoints", json=ENDPOINT)).json()
    path = f"/v1/webhook_endpoints/{made['id']}"
    assert (await api.patch(path, json={"url": None})).status_code == 422
    assert (await api.patch(path, json={"url": "http://10.0.0.1/"})).status_code == 422
    assert (await api.post(f"{path}/keys", json={"overlap": "30d"})).json()["errors"][0]["pointer"] == "/overlap"
    assert (await api.get("/v1/webhook_endpoints", params={"cursor": "nonsense"})).status_code == 422


async def test_a_missing_and_a_foreign_id_have_the_same_answer(api):
    made = (await api.post("/v1/webhook_endpoints", json=ENDPOINT)).json()
    ping = (await api.post(f"/v1/webhook_endpoints/{made['id']}/pings")).json()
    other = {"x-flowforge-tenant": "other"}
    for method, path, body in (
        ("GET", "/v1/webhook_endpoints/{}", None),
        ("PATCH", "/v1/webhook_endpoints/{}", {"enabled": True}),
        ("DELETE", "/v1/webhook_endpoints/{}", None),
        ("POST", "/v1/webhook_endpoints/{}/keys", {}),
        ("POST", "/v1/webhook_endpoints/{}/pings", None),
        ("GET", "/v1/webhook_deliveries/{}", None),
        ("POST", "/v1/webhook_deliveries/{}/redeliveries", None),
    ):
        prefix, own = ("whd", ping["id"]) if "deliveries" in path else ("whe", made["id"])
        foreign = await api.request(method, path.format(own), json=body, headers=other)
        missing_id = ids.show(prefix, ids.new_id())
        missing = await api.request(method, path.format(missing_id), json=body, headers=other)
        assert foreign.status_code == missing.status_code == 404, foreign.text
        assert foreign.json()["detail"].replace(own, "") == missing.json()["detail"].replace(missing_id, "")
    assert (await api.get("/v1/webhook_endpoints", headers=other)).json()["data"] == []
    assert (await api.get("/v1/webhook_deliveries", headers=other)).json()["data"] == []
    assert (await api.get("/v1/webhook_deliveries", headers=other, params={"endpoint": made["id"]})).json()["data"] == []


async def test_a_ping_is_listed_shown_with_its_attempts_and_sent_again(api, database, vault):
    made = (await api.post("/v1/webhook_endpoints", json=ENDPOINT)).json()
    sent = await api.post(f"/v1/webhook_endpoints/{made['id']}/pings")
    assert (sent.status_code, sent.json()["event"], sent.json()["state"]) == (201, "webhook.ping", "pending")
    requests = []

    class Door:
        """Takes everything, without a network."""

        def stream(self, method, url, *, content, headers):
            requests.append((url, content, headers))
            return self

        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            return None

        is_success, status_code, headers = True, 202, {}

        async def aiter_bytes(self):
            yield b"thank you"

        async def aclose(self): ...

    sender = Sender(database, vault)
    sender._client = Door()
    await sender.turn()
    await sender.idle()
    ((url, body, headers),) = requests
    assert url == ENDPOINT["url"] and Webhook(made["secret"]).verify(body, headers)["data"]["by"] == "operator"

    path = f"/v1/webhook_deliveries/{sent.json()['id']}"
    shown = (await api.get(path)).json()
    assert shown["state"] == "delivered" and shown["payload"]["type"] == "webhook.ping"
    assert [(one["status"], one["answer"]) for one in shown["attempts"]] == [(202, "thank you")]
    listed = (await api.get("/v1/webhook_deliveries", params={"endpoint": made["id"], "state": "delivered"})).json()["data"]
    assert [item["id"] for item in listed] == [sent.json()["id"]]
    assert (await api.get("/v1/webhook_deliveries", params={"state": "failed"})).json()["data"] == []
    again = await api.post(f"{path}/redeliveries")
    assert (again.status_code, again.json()["state"]) == (201, "pending")
    await api.patch(f"/v1/webhook_endpoints/{made['id']}", json={"enabled": False})
    assert (await api.post(f"{path}/redeliveries")).status_code == 409
    assert (await api.post(f"/v1/webhook_endpoints/{made['id']}/pings")).status_code == 409
    await sender.close()
