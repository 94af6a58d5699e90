"""What tests do with a page besides clicking on it: go somewhere, ask axe, take pictures, count what it asks for while nothing happens."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Response

from tests.browser.witness import Witness

WEB = Path(__file__).parents[2] / "web"
AXE = WEB / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = ("light", "dark")
WIDTHS = {1440: 900, 1024: 768, 360: 780}
IDLE_SECONDS = 10.0
REST_SECONDS = 2.5  # longer than a page waits until it fetches what may be wanted next

OpenPage = Callable[..., Awaitable[Page]]


async def go(page: Page, path: str) -> Response:
    """Open a page of the dashboard. Its stream stays open, so that it is never idle: waits end when something is to be seen."""
    answer = await page.goto(path, wait_until="domcontentloaded")
    assert answer is not None
    return answer


async def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds wrong by all rules, or by these, a line each. The page keeps its policy: the debugger may run what a page may not."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    wanted = {"type": "tag", "values": RULES} if rules is None else {"type": "rule", "values": rules}
    options = {"runOnly": wanted, "resultTypes": ["violations"], "preload": False}
    found: dict[str, Any] = await page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {', '.join(' '.join(map(str, node['target'])) for node in one['nodes'][:5])}"
        for one in found["violations"]
    ]


async def photograph(open_page: OpenPage, name: str, path: str, ready: str = "main, h1") -> list[Path]:
    """A page as it looks in both themes and three widths, once `ready` is to be seen."""
    taken: list[Path] = []
    for theme in THEMES:
        for width, height in WIDTHS.items():
            page = await open_page(color_scheme=theme, viewport={"width": width, "height": height}, reduced_motion="reduce")
            await go(page, path)
            await page.locator(ready).first.wait_for()
            await page.evaluate("document.fonts.ready.then(() => null)")
            taken.append(pictures() / f"{name}-{theme}-{width}.png")
            await page.screenshot(path=taken[-1])
            await page.context.close()
    return taken


def pictures() -> Path:
    """FLOWFORGE_PICTURES says where they are wanted; else beside the sources, where git does not look."""
    return Path(os.environ.get("FLOWFORGE_PICTURES") or WEB / "screenshots")


async def at_rest(witness: Witness) -> None:
    """All that pages ask for by themselves after they were opened has been asked for: nothing was for so long."""
    while await asked_while_idle(witness, REST_SECONDS):
        pass


async def asked_while_idle(witness: Witness, seconds: float = IDLE_SECONDS) -> list[str]:
    """What the pages ask for while nothing happens. (The time itself is measured here: there is no fact to wait for.)"""
    before = len(witness.requests)
    await asyncio.sleep(seconds)
    return witness.requests[before:]
