"""Every text field of every body, in a tenant that has one of everything, holds what nobody should send and somebody will.

The fields are read off the OpenAPI document. Whatever is sent is taken as the text that it is, or refused with its place: never a 5xx, and
never an answer that a browser would take for a page.
"""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Sequence

import pytest

from flowforge.api.app import create_app
from flowforge.settings import Settings
from flowforge.transport import destination
from tests.access.foreign import BODIES, NAMED, SHARED
from tests.access.things import OURS, THEIRS, make_things
from tests.api.test_poison import routes_with_a_body
from tests.api.text_fields import put, text_fields

TEXTS = [
    "x" * 6_000,
    "\u202e\u200bx\u2028y\ufeff",
    "'; drop table flowforge.run; -- \\ %s %n {0} ${x} {{secret:x}}",
    "../../etc/passwd",
    "e\u0301\U0001f600" * 20,
    " ",
    "a\r\nb\tc\x1b[31m\x7f",
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) <!channel> @everyone",
    "99999999999999999999",
    "9999-12-31T23:59:59.999999+23:59",
    "-P1D",
    "run_" + "f" * 32,
]
ELSE_NAMED = {"tenant": "leaving", "revision": "1", "version": "1", "column": "Doing", "label": "money", "item": "none", "limit": "none"}
EACH = 6  # texts in a field; the next field goes on with those behind them
LEFT_OUT = {
    "pause_tenant": "takes a reason only, and would stop what is asked behind it; pause_function takes the same",
}


@pytest.fixture
async def walk(database, bell, vault, client_of, publish, monkeypatch):
    """Ask each operation with a body, with some texts in every field; what is wrong, how often it asked, and who took something."""

    async def unknown(host: str, port: int) -> Sequence[object]:
        raise socket.gaierror(f"{host} is not known")

    monkeypatch.setattr(destination, "look_up", unknown)
    await publish({"order.ship": ["order/*"]})
    app = create_app(database, settings=Settings(open_here=True, rate_limits=False), bell=bell, vault=vault)
    ours, theirs = ({"X-FlowForge-Tenant": name} for name in (OURS, THEIRS))
    async with client_of(app, timeout=30) as http:
        things = await make_things(http, database, theirs, ours)
        assert (await http.post("/v1/tenants", json={"name": "leaving"})).is_success

        async def ask(document, texts):
            wrong, asked, taken = [], 0, set()
            for method, path, operation in routes_with_a_body(document):
                name = operation["operationId"]
                if name in LEFT_OUT:
                    continue
                media = operation["requestBody"]["content"].get("application/json") if "requestBody" in operation else None
                if media is None:
                    continue
                base = BODIES.get(name, media.get("example"))
                address = re.sub(r"\{(\w+)\}", lambda found, name=name: named(things, name, found[1]), path)
                for place in dict.fromkeys(text_fields(media["schema"], document["components"]["schemas"])):
                    for text in itertools.islice(texts, EACH):
                        body = put(base, place, text)
                        answer = await http.request(method, address, json=body, headers=theirs)
                        asked += 1
                        if answer.is_success:
                            taken.add(name)
                        kind = answer.headers.get("content-type", "")
                        safe = kind.startswith(("application/json", "application/problem+json", "application/x-ndjson"))
                        if answer.status_code >= 500 or not safe or answer.headers["x-content-type-options"] != "nosniff":
                            wrong.append(f"{method} {address} {place}: {text[:40]!r}: {answer.status_code} {kind} {answer.text[:300]}")
            return wrong, asked, taken

        yield ask


def named(things, operation: str, parameter: str) -> str:
    if f"{operation}.{parameter}" in SHARED and parameter == "model":
        return "some/model"
    if parameter == "function_id":
        return "order.ship"
    thing = NAMED.get(f"{operation}.{parameter}") or NAMED.get(parameter)
    return things.theirs[thing][0] if thing else ELSE_NAMED.get(parameter, "none")


@pytest.mark.thorough
@pytest.mark.long
@pytest.mark.timeout(240)
async def test_no_text_in_any_field_is_answered_with_a_5xx_or_a_page(walk, document):
    wrong, asked, taken = await walk(document, itertools.cycle(TEXTS))

    assert wrong == [], "\n".join(wrong)
    assert asked > 1_500 and len(taken) > 40
