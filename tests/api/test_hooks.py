"""`POST /hooks/{name}`: one verified delivery, one event."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime

import pytest

import flowforge
from flowforge.api.app import create_app
from flowforge.clock import SystemClock
from flowforge.errors import RegistrationError
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.settings import Settings

NOW = 1_800_000_000
SECRETS = {
    "STRIPE_WEBHOOK_SECRET": "whsec_old, whsec_new",
    "GITHUB_WEBHOOK_SECRET": "gh",
    "SLACK_WEBHOOK_SECRET": "sl",
    "SHOP_WEBHOOK_SECRET": "whsec_plJ3nmyCDGBKInavdOK15jsl",
}
INVOICE = {"id": "evt_1Qx", "type": "invoice.paid", "data": {"object": {"id": "in_1", "total": 420}}}


class StandingClock(SystemClock):
    def now(self) -> datetime:
        return datetime.fromtimestamp(NOW, UTC)


@pytest.fixture
def settings() -> Settings:
    return Settings(open_here=True, body_limit_bytes=64 * 1024, secrets=SECRETS)


@pytest.fixture
def app(database, settings, bell):
    return create_app(database, settings=settings, bell=bell, clock=StandingClock())


@pytest.fixture
async def listen(database):
    """Publish functions with these triggers, as a worker does: `await listen({"pay.book": stripe})`."""

    async def publish(triggers, app="tests"):
        registry = Registry()
        for function_id, trigger in triggers.items():

            async def handler(ctx) -> None: ...

            registry.function(trigger=trigger, id=function_id)(handler)
        await publish_functions(database.pool, registry, app=app)

    return publish


def mac(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


async def stripe(api, body, secret="whsec_new", sent_at=NOW, **headers):
    raw = json.dumps(body).encode() if not isinstance(body, bytes) else body
    signature = f"t={sent_at},v1={mac(secret, f'{sent_at}.'.encode() + raw)}"
    return await api.post(
        "/hooks/stripe", content=raw, headers={"stripe-signature": signature, "content-type": "application/json", **headers}
    )


async def slack(api, raw: bytes, media_type="application/x-www-form-urlencoded"):
    headers = {
        "x-slack-request-timestamp": str(NOW),
        "x-slack-signature": "v0=" + mac("sl", b"v0:%d:" % NOW + raw),
        "content-type": media_type,
    }
    return await api.post("/hooks/slack", content=raw, headers=headers)


async def stored(database):
    rows = await database.pool.fetch("select name, key, data from flowforge.event order by event_id")
    return [(row["name"], row["key"], json.loads(row["data"])) for row in rows]


async def test_a_delivery_is_an_event_and_starts_what_listens(api, listen, database):
    await listen({"pay.book": flowforge.webhook("stripe")})
    answer = await stripe(
        api, INVOICE, **{"user-agent": "Stripe/1.0", "x-trace": "t", "x-api-key": "k", "x-gitlab-token": "g", "cookie": "c"}
    )

    assert answer.status_code == 200
    told = answer.json()
    assert told == {"id": "stripe:evt_1Qx", "name": "webhook/stripe", "runs": told["runs"], "duplicate": False} and len(told["runs"]) == 1
    [(name, key, data)] = await stored(database)
    assert (name, key, data["body"]) == ("webhook/stripe", "stripe:evt_1Qx", INVOICE)
    assert data["headers"] == {"content-type": "application/json", "user-agent": "Stripe/1.0", "x-trace": "t"}
    entry = await database.pool.fetchrow("select principal, action from flowforge.audit")
    assert (entry["principal"], entry["action"]) == ("webhook/stripe", "event.send")


async def test_the_same_delivery_again_is_the_same_event_with_the_same_runs(api, listen, database):
    await listen({"pay.book": flowforge.webhook("stripe")})
    first = (await stripe(api, INVOICE)).json()
    again = await stripe(api, INVOICE, secret="whsec_old", sent_at=NOW - 200)  # sent again, signed again

    assert again.status_code == 200 and again.json() == {**first, "duplicate": True}
    assert len(await stored(database)) == 1


async def test_expressions_make_the_event(api, listen, database):
    hook = flowforge.webhook("stripe", event="'stripe/' + body.type", data="body.data.object", id="'inv-' + body.data.object.id")
    await listen({"pay.book": hook.only("stripe/invoice.*"), "pay.watch": hook, "pay.refund": hook.only("stripe/charge.refunded")})

    answer = (await stripe(api, INVOICE)).json()
    runs = [(await api.get(f"/v1/runs/{run}")).json()["function"] for run in answer["runs"]]
    assert sorted(runs) == ["pay.book", "pay.watch"]
    assert await stored(database) == [("stripe/invoice.paid", "inv-in_1", {"id": "in_1", "total": 420})]


@pytest.mark.parametrize(
    ("expressions", "body", "reason"),
    [
        ({"event": "'stripe/' + body.type"}, {"id": "evt_1"}, "there is no 'type'"),
        ({"event": "'stripe/' + body.type"}, {"id": "evt_1", "type": "two words"}, "without spaces"),
        ({"event": "'stripe/' + body.type"}, [1], "body.type"),
        ({"event": "'a' == body.id ? 'other/x' : 'other/y'"}, {"id": "evt_1"}, "like a*"),
        ({"data": "body.data.object"}, {"id": "evt_1"}, "there is no 'data'"),
        ({"id": "body.data"}, {"id": "evt_1", "data": {}}, "neither a text nor a whole number"),
        ({"id": "body.nothing"}, {"id": "evt_1", "nothing": ""}, "1 to 256"),
    ],
)
async def test_what_cannot_be_made_an_event_is_refused_with_the_reason_and_not_stored(api, listen, database, expressions, body, reason):
    await listen({"pay.book": flowforge.webhook("stripe", **expressions)})
    answer = await stripe(api, body)

    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert reason in answer.json()["detail"]
    assert await stored(database) == []


async def test_a_bad_signature_is_401_and_says_nothing_that_helps(api, listen, database, caplog):
    await listen({"pay.book": flowforge.webhook("stripe")})
    with caplog.at_level(logging.DEBUG):
        answers = [
            await stripe(api, INVOICE, secret="whsec_wrong"),
            await stripe(api, INVOICE, sent_at=NOW - 301),
            await stripe(api, b"{not json", secret="whsec_wrong"),
            await api.post("/hooks/stripe", json=INVOICE),
        ]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert {answer.json()["detail"] for answer in answers} == {"the signature is missing or does not hold"}
    assert answers[0].json()["type"] == "/docs#problem-unsigned"
    assert await stored(database) == []
    assert "whsec" not in caplog.text and "v1=" not in caplog.text


async def test_an_unknown_hook_is_404(api):
    answer = await api.post("/hooks/nobody", json={})
    assert answer.status_code == 404 and answer.json()["detail"] == "there is no webhook 'nobody'"


async def test_a_server_without_the_secret_asks_to_come_again(api, listen, database, caplog):
    await listen({"pay.book": flowforge.webhook("stripe", secret_env="NOT_SET_HERE")})
    answer = await stripe(api, INVOICE)

    assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
    assert "NOT_SET_HERE" not in answer.text and "NOT_SET_HERE" in caplog.text
    assert await stored(database) == []


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (b"{", {}, 400),
        (b'{"id": "evt_1", "id": "evt_2"}', {}, 400),
        (b'{"id": "\\u0000"}', {}, 422),
        (b"x" * (64 * 1024 + 1), {}, 413),
        (b"<xml/>", {"content-type": "application/xml"}, 415),
        (b"a=%ff", {"content-type": "application/x-www-form-urlencoded"}, 400),
        (b"a=%00", {"content-type": "application/x-www-form-urlencoded"}, 422),
    ],
)
async def test_a_signed_body_that_cannot_be_read_is_refused(api, listen, database, raw, headers, status):
    await listen({"pay.book": flowforge.webhook("stripe")})
    assert (await stripe(api, raw, **headers)).status_code == status
    assert await stored(database) == []


async def test_github_names_delivery_and_event_in_headers(api, listen, database):
    await listen({"ci.build": flowforge.webhook("github", event="'github/' + headers['x-github-event']", data="body")})
    raw = b'{"ref": "refs/heads/main"}'
    headers = {
        "x-hub-signature-256": "sha256=" + mac("gh", raw),
        "x-github-delivery": "72d3162e",
        "x-github-event": "push",
        "content-type": "application/json",
    }
    told = (await api.post("/hooks/github", content=raw, headers=headers)).json()
    assert (told["id"], told["name"], len(told["runs"])) == ("github:72d3162e", "github/push", 1)
    assert (await stored(database))[0][2] == {"ref": "refs/heads/main"}


async def test_slacks_challenge_is_answered_and_nothing_stored(api, listen, database):
    await listen({"chat.answer": flowforge.webhook("slack")})
    answer = await slack(api, b'{"type": "url_verification", "challenge": "3eZbrw1a"}', "application/json")
    assert (answer.status_code, answer.text) == (200, "3eZbrw1a")
    assert await stored(database) == []
    unsigned = await api.post("/hooks/slack", json={"type": "url_verification", "challenge": "3eZbrw1a"})
    assert unsigned.status_code == 401


async def test_slacks_forms_are_read_and_answered_with_nothing(api, listen, database):
    await listen({"chat.answer": flowforge.webhook("slack")})
    answer = await slack(api, b"command=%2Fdeploy&text=to+production&tag=a&tag=b&trigger_id=398.47.80")
    assert (answer.status_code, answer.content) == (200, b"")
    await slack(api, b"payload=%7B%22type%22%3A%22block_actions%22%7D")
    [(_, key, data), (_, digest, pressed)] = await stored(database)
    assert key == "slack:398.47.80"
    assert data["body"] == {"command": "/deploy", "text": "to production", "tag": ["a", "b"], "trigger_id": "398.47.80"}
    assert pressed["body"] == {"type": "block_actions"} and digest.startswith("slack:") and len(digest) == 6 + 64


async def test_standard_webhooks_are_known_by_their_id(api, listen, database):
    await listen({"shop.order": flowforge.webhook("shop", event="order/created", data="body.data")})
    from standardwebhooks import Webhook

    body = '{"type": "order.created", "data": {"order_id": "ORD-1"}}'
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(NOW),
        "webhook-signature": Webhook(SECRETS["SHOP_WEBHOOK_SECRET"]).sign("msg_1", datetime.fromtimestamp(NOW, UTC), body),
    }
    for duplicate in (False, True):
        told = (await api.post("/hooks/shop", content=body, headers=headers)).json()
        assert (told["id"], told["name"], told["duplicate"]) == ("shop:msg_1", "order/created", duplicate)
    assert await stored(database) == [("order/created", "shop:msg_1", {"order_id": "ORD-1"})]


async def test_without_signatures_each_post_is_an_event_but_not_from_another_page(api, listen, database):
    await listen({"home.bell": flowforge.webhook("bell", scheme="none", id="body.n")})
    assert (await api.post("/hooks/bell", json={"n": 7})).json()["id"] == "7"
    assert (await api.post("/hooks/bell", json={"n": 7}, headers={"origin": "https://evil.example"})).status_code == 403
    assert (await api.post("/hooks/bell", json={"n": 8}, headers={"host": "evil.example"})).status_code == 403
    assert len(await stored(database)) == 1


async def test_hooks_need_no_key_and_may_come_by_a_tunnels_name(database, bell, listen, client_of):
    await listen({"pay.book": flowforge.webhook("stripe")})
    for key in (None, "ffk_test_1"):
        app = create_app(database, settings=Settings(api_key=key, secrets=SECRETS), bell=bell, clock=StandingClock())
        async with client_of(app, base_url="https://abc.tunnel.example") as client:
            assert (await stripe(client, INVOICE)).status_code == 200
            assert (await client.get("/v1/runs")).status_code in (401, 403)


async def test_the_platforms_own_names_are_out_of_a_senders_reach(api, listen, database):
    for event in ("flowforge/call", "'board/' + body.type"):
        with pytest.raises(RegistrationError, match="FlowForge alone"):
            flowforge.webhook("stripe", event=event)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"name": "Stripe"}, "a-z"),
        ({"scheme": "md5"}, "must be one of"),
        ({"scheme": "none", "secret_env": "X"}, "has no secret"),
        ({"secret_env": "whsec_abc/def=="}, "name of an environment variable"),
        ({"event": "body.type"}, "must begin with a text"),
        ({"event": "'stripe/' + bodi.type"}, "names bodi"),
        ({"event": "'stripe/' + "}, "not a CEL expression"),
        ({"event": "paid"}, "names paid"),
        ({"data": "body."}, "not a CEL expression"),
        ({"id": "event.id"}, "names event"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused_where_it_is_declared(arguments, complaint):
    with pytest.raises(RegistrationError, match=complaint):
        flowforge.webhook(**{"name": "stripe", **arguments})


def test_two_functions_share_a_webhook_but_do_not_quarrel_about_it():
    registry = Registry()
    hook = flowforge.webhook("stripe", event="'stripe/' + body.type")

    async def book(ctx) -> None: ...
    async def watch(ctx) -> None: ...
    async def other(ctx) -> None: ...

    registry.function(trigger=hook.only("stripe/invoice.paid"))(book)
    registry.function(trigger=[hook, "order/created"])(watch)
    assert [[str(t) for t in function.triggers] for function in registry] == [["stripe/invoice.paid"], ["stripe/*", "order/created"]]
    with pytest.raises(RegistrationError, match="declared twice"):
        registry.function(trigger=flowforge.webhook("stripe"))(other)


async def test_a_hook_that_is_no_longer_declared_is_gone_and_that_of_another_app_stays(api, listen):
    await listen({"pay.book": flowforge.webhook("stripe")})
    await listen({"chat.answer": flowforge.webhook("slack")}, app="chat")
    await listen({"pay.book": "order/created"})
    assert (await stripe(api, INVOICE)).status_code == 404
    assert (await slack(api, b"command=x")).status_code == 200


async def test_the_secret_is_in_no_row_and_in_no_text_of_the_settings(api, listen, database, settings):
    await listen({"pay.book": flowforge.webhook("stripe")})
    row = await database.pool.fetchrow("select * from flowforge.webhook")
    assert row["secret_env"] == "STRIPE_WEBHOOK_SECRET" and "whsec" not in str(dict(row))
    assert "whsec" not in repr(settings)


async def test_with_an_id_of_ones_own_a_delivery_is_the_event_that_code_sent_under_it(api, listen, database, tenant_id):
    await listen({"shop.order": flowforge.webhook("stripe", event="payment/settled", id="body.id")})
    (sent,) = await send_events(database, tenant_id, [NewEvent("payment/settled", {}, key="evt_1Qx")])
    told = (await stripe(api, INVOICE)).json()
    assert told["duplicate"] and len(told["runs"]) == len(sent.run_ids) == 1
