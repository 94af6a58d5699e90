"""Planted secrets go through a run that uses, logs, raises, streams and tries to return them; then they are looked for everywhere."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
import pytest

from flowforge.secrets.key_ring import new_key
from flowforge.testing.scripted_provider import Reply, ScriptedProvider
from tests.canary import MARK, canary, scan_database, scan_files, scan_text

if TYPE_CHECKING:
    from tests.cli.conftest import Running

STORED, PROVIDER, WEBHOOK, LATER = (canary(name) for name in ("stored", "provider", "whsec", "later"))
API_KEY = f"operators-own-{canary('key')}"

APP = """
import base64, logging, os
from urllib.parse import quote

import flowforge
from flowforge import step

log = logging.getLogger("shop")
known = []

async def use():
    known[:] = [(await flowforge.secret("stripe")).reveal(), os.environ["OPENAI_API_KEY"], os.environ["STRIPE_WEBHOOK_SECRET"],
                os.environ["FLOWFORGE_API_KEY"], os.environ["FLOWFORGE_SECRETS_KEY"]]
    for one in known:
        for written in (one, quote(one, safe=""), base64.b64encode(one.encode()).decode(), one.encode().hex()):
            log.warning("using %s", written, extra={"detail": {"deep": [written]}})
            flowforge.current_step().emit("log", {"message": written, written: [written]})
    try:
        raise ValueError(known)
    except ValueError:
        log.exception("refused")
    return "used"

async def give(value):
    return {"value": value}

async def fail(value):
    raise RuntimeError(f"cannot pay with {value}")

@flowforge.function(trigger="canary/sing", retries=0)
async def sing(ctx):
    await step.run("use", use)
    for place, one in enumerate(known):
        ctx.progress(place / 10, f"at {one}")
        for name, body in (("give", give), ("fail", fail)):
            try:
                await step.options(retries=1).run(f"{name} {place}", body, one)
            except flowforge.StepError as error:
                log.warning("caught %s", error)
        try:
            await step.ai(f"echo {place}", model="gpt-4o", prompt=f"repeat: {one}")
        except flowforge.StepError as error:
            log.warning("caught %s", error)
    raise RuntimeError(" and ".join(known))
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text(APP)
    return file


@pytest.mark.thorough
async def test_planted_secrets_are_found_nowhere(
    app: Path,
    tmp_path: Path,
    clean_url: str,
    start: Callable[..., Running],
    flowforge: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    sealing = new_key()
    planted = [STORED, PROVIDER, WEBHOOK, API_KEY, sealing, LATER]
    with ScriptedProvider() as provider:
        provider.answer_with(lambda asked: Reply(text=f"you said {asked.last_user}"))
        environment = provider.environment() | {
            "OPENAI_API_KEY": PROVIDER,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK,
            "FLOWFORGE_API_KEY": API_KEY,
            "FLOWFORGE_SECRETS_KEY": sealing,
            "FLOWFORGE_LOG_FORMAT": "json",
        }
        dev = start("dev", "--port", "0", "--no-reload", **environment)
        dev.ready()
        singing = asyncio.create_task(asyncio.to_thread(_sing, dev.url))
        await asyncio.to_thread(dev.until, "run.failed")
        told = await singing
        assert dev.end() == 0
    assert "using [redacted]" in dev.output and "you said" in told["stream"]
    exported = flowforge("export-test", told["id"], "--out", str(tmp_path / "exported"), **{"FLOWFORGE_URL": "", **environment})

    texts = {**told, "the process": dev.output, "the export": exported.stdout + exported.stderr}
    found = [one for where, text in texts.items() for one in scan_text(where, text, planted)]
    found += await scan_database(clean_url, planted)
    found += scan_files([file for file in tmp_path.rglob("*") if file != app], planted)
    assert found == []


async def test_the_scan_finds_what_is_there(clean_url: str, tmp_path: Path) -> None:
    """Each kind of place, with each way of writing: a scan that finds nothing must be able to find."""
    value = canary("found").replace(MARK, "scanned")  # the mark is for what may be found nowhere
    connection = await asyncpg.connect(clean_url)
    try:
        await connection.execute("insert into flowforge.blob (tenant_id, run_id, blob_id, data) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $1)", value.encode())  # fmt: skip  # noqa: E501
    finally:
        await connection.close()
    (tmp_path / "log").write_text(f"Bearer {value}")
    assert await scan_database(clean_url, [value]) == ["blob"]
    assert len(scan_files([tmp_path], [value])) == 1


def _sing(url: str) -> dict[str, str]:
    """What everybody may see of a run that does all it can to let them out; and its id."""
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {API_KEY}"}, timeout=30) as http:
        for value in (STORED, LATER):
            assert http.post("/v1/secrets", json={"name": "stripe", "value": value}).status_code == 201
        assert http.post("/v1/secrets/stripe/versions/2/retirement").status_code == 200
        run_id = http.post("/v1/events", json={"name": "canary/sing", "data": {}}).json()["data"][0]["runs"][0]
        path = f"/v1/runs/{run_id}"
        with http.stream("GET", f"{path}/stream") as answer:
            stream = answer.read().decode()
        while (run := http.get(path).json())["state"] != "failed":
            assert run["state"] in ("queued", "running"), run
            time.sleep(0.02)
        seen = {path: json.dumps(run), "stream": stream}
        for place in (f"{path}/steps", f"{path}/history", "/v1/secrets", "/metrics", "/v1/usage", "/v1/events"):
            answer = http.get(place)
            assert answer.status_code == 200, (place, answer.text)
            seen[place] = answer.text
        refused = http.get(f"/v1/runs/{STORED}")
        seen |= {"a wrong key": httpx.get(f"{url}/v1/runs", headers={"authorization": f"Bearer {API_KEY}x"}).text}
        assert refused.status_code == 404 and re.search("redacted", stream)
    return {**seen, "id": run_id}
