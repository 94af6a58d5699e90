"""`flowforge demo` in a browser: one screen shows what the team does, what it costs and what waits, and two keys decide.

The pictures of the docs are taken here:

    FLOWFORGE_PICTURES=docs/pictures python -m pytest tests/browser/test_demo.py -m thorough
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.development import ROOT
from tests.browser.looking import OpenPage, axe, go, pictures

PATIENCE_SECONDS = 60.0
ADDRESS = re.compile(r"watch it in a browser\s+(http://127\.0\.0\.1:\d+)")


@pytest.fixture
async def demo(dashboard: None, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a demo that nobody at a terminal decides for."""
    said = tmp_path / "said.txt"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    with said.open("wb") as out:
        command = [sys.executable, "-m", "flowforge.cli", "demo", "--port", "0"]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := ADDRESS.search(said.read_text(errors="replace"))) is None:
            assert process.poll() is None, said.read_text(errors="replace")
            await asyncio.sleep(0.05)
    yield found[1]
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, PATIENCE_SECONDS)


async def take(page: Page, name: str, width: int = 1280, height: int = 720) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate("document.fonts.ready.then(() => null)")
    await page.screenshot(path=pictures() / f"{name}.png")


@pytest.mark.timeout(300)
async def test_one_screen_shows_work_and_cost_and_what_waits_and_two_keys_decide_it(demo: str, open_page: OpenPage, witness) -> None:
    witness.admit(demo)
    page = await open_page(base_url=demo, extra_http_headers={}, viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    await go(page, "/")
    team = page.get_by_role("region", name="The team now")
    await expect(team.get_by_role("listitem").filter(has_text="kepler")).to_contain_text(re.compile(r"\$0\.\d+.*works.*on FF-\d"))
    await expect(team.get_by_role("link", name="spent today")).to_contain_text(re.compile(r"\$0\.\d+"))
    await expect(team.get_by_role("link", name="waiting for you")).to_contain_text("1")
    await expect(page.locator("[data-card=FF-1]")).to_contain_text("needs you: issue_refund")
    await expect(page.get_by_role("region", name="Doing", exact=True)).to_contain_text("search_notes")
    assert await axe(page) == []
    await take(page, "board", width=1440, height=800)

    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await page.get_by_role("heading", name="atlas wants to issue_refund").wait_for()
    await take(page, "approval")
    await page.keyboard.down("a")  # held: money leaves the account
    await page.get_by_role("heading", name="Nothing waits for you").wait_for()
    await page.keyboard.up("a")
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    review = page.get_by_role("region", name="Review", exact=True).locator("[data-card=FF-1]")
    await expect(review).to_contain_text("handed in")

    await go(page, "/agents/kepler")
    await page.get_by_text("search_notes").first.wait_for()
    await take(page, "agent", height=600)
    task = await (await page.request.get(f"{demo}/v1/tasks/FF-1")).json()
    await go(page, f"/runs/{task['run']}")
    await page.get_by_role("row", name="issue_refund").first.wait_for()
    await take(page, "run")
    sent = await page.request.post(f"{demo}/v1/events", data={"name": "order/created", "data": {"order_id": "ORD-9301"}})
    await go(page, f"/events/{(await sent.json())['data'][0]['id']}")
    await page.get_by_role("heading", name="What it started").wait_for()
    await take(page, "event", height=400)
    await go(page, "/costs")
    await page.get_by_role("table", name="Costs by model").wait_for()
    await take(page, "costs")
