"""Heads kept outside: in a file, at a webhook's receiver, in a bucket whose server checks the signature by the book."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from flowforge.audit import log as audit
from flowforge.audit.anchor import read_anchors
from flowforge.audit.anchoring import anchor_once, anchoring, list_anchored
from flowforge.audit.signed_heads import newest_heads
from flowforge.audit.tree import merge
from flowforge.audit.verification import read_kept_heads
from flowforge.errors import ConfigurationError

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
SECRETS = {"FLOWFORGE_AUDIT_WEBHOOK_SECRET": SECRET, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG"}


@pytest.fixture
def sign(database, mira, signer):
    """Log an act and sign the log."""

    async def sign_once():
        await audit.append(database.pool, mira, "user.create", "user", "jonas")
        await merge(database, mira.tenant_id, signer, sign_now=True)

    return sign_once


async def later(database, **time):
    await database.pool.execute("update flowforge.clock set skew = skew + $1", timedelta(**time))


def connected_to(answer):
    return lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer))


async def test_a_file_has_every_head_once_in_order(database, mira, sign, tmp_path):
    path = tmp_path / "heads.jsonl"
    [anchor] = read_anchors([f"file:{path}"], {})
    await sign()
    assert await anchor_once(database, anchor) == 1
    await sign()
    await sign()
    assert await anchor_once(database, anchor) == 2
    assert await anchor_once(database, anchor) == 0

    kept = read_kept_heads(path.read_bytes().splitlines(keepends=True))
    assert kept == (await newest_heads(database.pool, mira.tenant_id, limit=10))[::-1]
    [anchored] = await list_anchored(database.pool, mira.tenant_id)
    assert (anchored.anchor, anchored.size, anchored.error) == (anchor.name, 3, None)
    assert str(tmp_path) not in anchor.name


async def test_a_place_that_fails_is_tried_again_later_and_loses_nothing(database, mira, sign, tmp_path):
    path = tmp_path / "away" / "heads.jsonl"
    [anchor] = read_anchors([f"file:{path}"], {})
    await sign()
    assert await anchor_once(database, anchor) == 0
    [anchored] = await list_anchored(database.pool, mira.tenant_id)
    assert (anchored.size, anchored.attempts, anchored.error) == (0, 1, "No such file or directory")

    path.parent.mkdir()
    await sign()
    assert await anchor_once(database, anchor) == 0  # not yet
    await later(database, seconds=2)
    assert await anchor_once(database, anchor) == 2
    assert [head.size for head in read_kept_heads(path.read_bytes().splitlines())] == [1, 2]
    assert (await list_anchored(database.pool, mira.tenant_id))[0].attempts == 0


async def test_a_webhook_gets_heads_signed_as_the_standard_says(database, mira, sign):
    received = []

    def answer(request):
        received.append(Webhook(SECRET).verify(request.content, dict(request.headers)))
        return httpx.Response(500 if len(received) == 1 else 204)

    [anchor] = read_anchors(["https://audit.example.com/heads?key=hidden"], SECRETS, connected_to(answer))
    await sign()
    assert await anchor_once(database, anchor) == 0
    assert (await list_anchored(database.pool, mira.tenant_id))[0].error == "the receiver answered 500"
    await later(database, seconds=2)
    assert await anchor_once(database, anchor) == 1

    assert received[0] == received[1]
    assert received[1]["heads"] == [head.as_json() for head in await newest_heads(database.pool, mira.tenant_id)]
    assert "hidden" not in anchor.name and anchor.name.startswith("webhook audit.example.com")


async def test_a_webhook_that_cannot_be_reached_is_told_without_its_address(database, mira, sign):
    def answer(request):
        raise httpx.ConnectError(f"no way to {request.url}")

    [anchor] = read_anchors(["https://audit.example.com/heads?key=hidden"], SECRETS, connected_to(answer))
    await sign()
    await anchor_once(database, anchor)
    assert (await list_anchored(database.pool, mira.tenant_id))[0].error == "no answer: ConnectError"


class Bucket:
    """A small S3: checks Signature Version 4 as its documentation describes it, keeps objects, overwrites none."""

    def __init__(self):
        self.objects = {}

    def __call__(self, request):
        if not self.is_signed(request):
            return httpx.Response(403)
        path = request.url.path
        if request.method == "GET":
            return httpx.Response(200, content=self.objects[path]) if path in self.objects else httpx.Response(404)
        if request.headers.get("if-none-match") == "*" and path in self.objects:
            return httpx.Response(412)
        self.objects[path] = request.content
        return httpx.Response(200)

    def is_signed(self, request):
        given = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/(\d{8})/eu-central-1/s3/aws4_request, "
            r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})",
            request.headers["authorization"],
        )
        day, names, signature = given.groups()
        assert {"host", "x-amz-content-sha256", "x-amz-date"} <= set(names.split(";"))
        assert request.headers["x-amz-content-sha256"] == hashlib.sha256(request.content).hexdigest()
        canonical = request.method + "\n" + request.url.raw_path.decode() + "\n\n"
        for name in names.split(";"):
            canonical += name + ":" + request.headers[name] + "\n"
        canonical += "\n" + names + "\n" + request.headers["x-amz-content-sha256"]
        text = "AWS4-HMAC-SHA256\n" + request.headers["x-amz-date"] + f"\n{day}/eu-central-1/s3/aws4_request\n"
        text += hashlib.sha256(canonical.encode()).hexdigest()

        def mac(key, value):
            return hmac.new(key, value.encode(), hashlib.sha256).digest()

        key = mac(mac(mac(mac(b"AWS4wJalrXUtnFEMI/K7MDENG", day), "eu-central-1"), "s3"), "aws4_request")
        return hmac.compare_digest(mac(key, text).hex(), signature)


PLACE = "s3://kept/audit heads?region=eu-central-1&endpoint=https://store.example.com:9000"


async def test_a_bucket_gets_one_object_a_head(database, mira, sign):
    bucket = Bucket()
    [anchor] = read_anchors([PLACE], SECRETS, connected_to(bucket))
    await sign()
    await sign()
    assert await anchor_once(database, anchor) == 2

    heads = (await newest_heads(database.pool, mira.tenant_id, limit=5))[::-1]
    assert {path: json.loads(body) for path, body in bucket.objects.items()} == {
        f"/kept/audit heads/{mira.tenant_id}/{head.size:020}.json": head.as_json() for head in heads
    }


async def test_a_bucket_refuses_a_wrong_secret_and_takes_a_repeat(database, mira, sign):
    bucket = Bucket()
    await sign()
    [wrong] = read_anchors([PLACE], {**SECRETS, "AWS_SECRET_ACCESS_KEY": "wrong"}, connected_to(bucket))
    assert await anchor_once(database, wrong) == 0
    assert (await list_anchored(database.pool, mira.tenant_id))[0].error == "the store answered 403"

    [right] = read_anchors([PLACE], SECRETS, connected_to(bucket))
    await right.keep(await newest_heads(database.pool, mira.tenant_id))
    await later(database, seconds=2)
    assert await anchor_once(database, right) == 1


async def test_a_bucket_that_holds_another_head_of_that_size_is_told(database, mira, sign):
    bucket = Bucket()
    await sign()
    bucket.objects[f"/kept/audit heads/{mira.tenant_id}/{1:020}.json"] = b"another\n"
    [anchor] = read_anchors([PLACE], SECRETS, connected_to(bucket))
    assert await anchor_once(database, anchor) == 0
    assert "another head of that size is kept there already" in (await list_anchored(database.pool, mira.tenant_id))[0].error


async def test_heads_are_anchored_while_the_context_lasts(database, mira, sign, tmp_path):
    path = tmp_path / "heads.jsonl"
    async with anchoring(database, read_anchors([f"file:{path}"], {}), every_seconds=0.01):
        await sign()
        async with asyncio.timeout(20):
            while not path.exists() or not path.read_bytes():
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("ftp://example.com", "no place of the kind 'ftp'"),
        ("file:heads", "no place of the kind 'file'"),
        ("https://example.com", "needs FLOWFORGE_AUDIT_WEBHOOK_SECRET"),
        ("s3://bucket", "needs AWS_ACCESS_KEY_ID"),
        ("s3://bucket?colour=red", "takes region and endpoint, not colour"),
        ("s3://bucket?endpoint=ftp://x", "must begin with https://"),
        ("https://[", "is no URL"),
    ],
)
def test_a_place_that_cannot_be_is_refused_at_the_start(place, said):
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        read_anchors([place], {})


def test_a_secret_that_is_none_is_refused_and_not_shown():
    with pytest.raises(ConfigurationError) as refused:
        read_anchors(["https://example.com"], {"FLOWFORGE_AUDIT_WEBHOOK_SECRET": "whsec_short"})
    assert "short" not in str(refused.value)
