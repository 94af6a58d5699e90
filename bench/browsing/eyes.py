"""A Chromium that says what it saw, and when: its clock is that of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

USUAL = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZE = {"width": 1440, "height": 900}
# `eyes.when(it)`: the moment at which the frame in which `it()` holds was painted. `eyes.long`: tasks of more than 50 ms, as the browser
# itself counts them. `eyes.drawn()`: since it was called last, how many frames a second were drawn, and the longest pause between two.
EYES = """
window.eyes = {
  long: [],
  when: (holds) => new Promise((done) => {
    const observer = new MutationObserver(() => look());
    const look = () => {
      if (!holds()) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        const painted = new MessageChannel();
        painted.port1.onmessage = () => done(Date.now());
        painted.port2.postMessage(null);
      });
    };
    observer.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
    look();
  }),
  frames: [],
  drawn: () => {
    const gaps = eyes.frames.slice(1).map((at, index) => at - eyes.frames[index]);
    const seconds = (eyes.frames.at(-1) - eyes.frames[0]) / 1000;
    eyes.frames = [];
    return { rate: gaps.length / seconds, longest: Math.max(...gaps) };
  },
};
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) eyes.long.push([startTime, duration]);
}).observe({ type: "longtask", buffered: true });
const tick = (now) => {
  eyes.frames.push(now);
  requestAnimationFrame(tick);
};
requestAnimationFrame(tick);
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    found = os.environ.get("FLOWFORGE_CHROMIUM") or next(filter(None, map(shutil.which, USUAL)), None)
    if found is None:
        raise SystemExit("no Chromium was found: install Debian's `chromium`, or say in FLOWFORGE_CHROMIUM where one is")
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=[*alone, "--disable-dev-shm-usage", "--disable-gpu"])
        yield browser
        await browser.close()


@asynccontextmanager
async def eyes(browser: Browser, url: str) -> AsyncIterator[Page]:
    """A page with a cache of its own, which is empty."""
    context = await browser.new_context(base_url=url, viewport=SIZE, locale="en-GB")  # type: ignore[arg-type]
    await context.add_init_script(EYES)
    yield await context.new_page()
    await context.close()


async def seen(page: Page, holds: str, name: str) -> None:
    """Begin to wait until this expression holds; `told` says when it was."""
    await page.evaluate(f"() => {{ window.{name} = eyes.when(() => {holds}); }}")


async def told(page: Page, name: str) -> float:
    """In seconds since 1970."""
    async with asyncio.timeout(30):
        at: Any = await page.evaluate(f"() => window.{name}")
    return float(at) / 1000


async def long_tasks(page: Page) -> list[float]:
    """Their milliseconds, since this was asked last."""
    found: list[float] = await page.evaluate("() => eyes.long.splice(0).map(([, ms]) => ms)")
    return found


async def drawn(page: Page) -> dict[str, float]:
    found: dict[str, float] = await page.evaluate("() => eyes.drawn()")
    return found


@asynccontextmanager
async def traced(page: Page) -> AsyncIterator[list[float]]:
    """Afterwards the list holds the CPU milliseconds of each task of the page's main thread."""
    browser = page.context.browser
    assert browser is not None
    found: list[float] = []
    await browser.start_tracing(page=page, categories=["disabled-by-default-devtools.timeline", "__metadata"])
    yield found
    events = json.loads(await browser.stop_tracing())["traceEvents"]
    threads = {(one["pid"], one["tid"]) for one in events if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"}
    tasks: dict[tuple[int, int], list[float]] = {thread: [] for thread in threads}
    for one in events:
        if one["name"] == "RunTask" and (one["pid"], one["tid"]) in tasks:
            tasks[one["pid"], one["tid"]].append(one.get("tdur", 0) / 1000)
    found += max(tasks.values(), key=sum, default=[])  # of several pages, the one that worked
