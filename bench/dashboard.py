"""How soon the dashboard shows what happens, and how smoothly. `python bench/dashboard.py [--rounds N] [--only NAME …]`

One `flowforge dev` on an embedded PostgreSQL of its own and a Chromium that is here (Debian's `chromium`, or FLOWFORGE_CHROMIUM), both on
this machine, so that they share a clock. Figures are medians, p95 of all that happened. It takes about four minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import runpy
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from browsing.eyes import chromium as a_chromium
from browsing.eyes import drawn, eyes, long_tasks, seen, told, traced
from browsing.scene import Scene, scene
from playwright.async_api import Browser, Page
from side_by_side.machine import load, own_directory, own_postgres

from flowforge.cli.host import run

ROOT = Path(__file__).parents[1]
STEPS = 5_000
MOVES, STARTS, APPROVALS = 60, 40, 12
IDLE_SECONDS, REST_SECONDS = 10.0, 2.5
CARD = "document.querySelector('[data-card]')"


@dataclass
class Round:
    long: list[float]
    cpu: float
    frames: dict[str, float]


class Sheet:
    """What was seen, line by line."""

    def line(self, what: str, seen: str, bar: str = "") -> None:
        print(f"{what:62} {seen:66} {bar:22} load {load():.1f}", flush=True)

    def lags(self, what: str, seconds: list[float], bar: str = "p95 250 ms") -> None:
        cuts = statistics.quantiles([second * 1000 for second in seconds], n=20, method="inclusive")
        self.line(what, f"p50 {statistics.median(seconds) * 1000:4.0f}  p95 {cuts[18]:4.0f} ms  of {len(seconds)}", bar)

    def smoothness(self, what: str, rounds: list[Round]) -> None:
        """Long tasks by the clock, as the browser counts them, and the longest by its CPU time, which other programs cannot lengthen."""
        long = [ms for one in rounds for ms in one.long]
        rate = statistics.median(one.frames["rate"] for one in rounds)
        cpu = max(one.cpu for one in rounds)
        tasks = f"{len(long)} long tasks{f', worst {max(long):.0f} ms' if long else ''}; by CPU at most {cpu:.0f} ms"
        self.line(what, f"{tasks}; {rate:.0f} frames/s", "none over 50 ms")


async def commit_to_pixel(up: Scene, browser: Browser, sheet: Sheet, rounds: int) -> None:
    """From the answer to somebody else's request, which comes after the commit, to the painted frame."""
    async with eyes(browser, up.url) as page:
        await page.goto("/board")
        await page.locator("[data-card]").first.wait_for()
        lags, whole = [], []
        tops = {name: (await up.ask("GET", f"/v1/boards/FF/cards?column={name}&limit=2"))["data"] for name in ("Doing", "Review")}
        moved = tops["Doing"][0]["key"]
        beside = {"Doing": tops["Doing"][1]["key"], "Review": tops["Review"][0]["key"]}
        for number in range(MOVES * rounds):
            column = ("Review", "Doing")[number % 2]
            inside = f"document.querySelector('[data-card={moved}]')?.closest('section')?.querySelector('h2').textContent === '{column}'"
            await seen(page, inside, "moved")
            begun = time.time()
            await up.ask("PUT", f"/v1/tasks/{moved}/column", column=column, before=beside[column])
            answered = time.time()
            at = await told(page, "moved")
            lags.append(max(0.0, at - answered))
            whole.append(at - begun)
            await asyncio.sleep(0.03 + 0.09 * (number % 7))
        sheet.lags("a card that somebody moved, board of 500 cards", lags)
        sheet.lags("  the same, from the moment of the request", whole, "")
    for name, path in (("a run that was started, on Runs", "/runs"), ("an event that came in, on Events", "/events")):
        async with eyes(browser, up.url) as page:
            await page.goto(path)
            await page.locator("[data-row] a").first.wait_for()
            lags = []
            for number in range(STARTS * rounds):
                first = await page.locator("[data-row] a").first.get_attribute("href")
                await seen(page, f"document.querySelector('[data-row] a')?.getAttribute('href') !== '{first}'", "fresh")
                await up.ask("POST", "/v1/events", data={}, name="bench/once")
                answered = time.time()
                lags.append(max(0.0, await told(page, "fresh") - answered))
                await asyncio.sleep(0.25 + 0.09 * (number % 7))
            sheet.lags(name, lags)


async def decided_elsewhere(up: Scene, browser: Browser, sheet: Sheet, rounds: int) -> None:
    """Two people look at the same approvals; one decides."""
    approvals = await up.asking(APPROVALS * rounds)
    async with eyes(browser, up.url) as page:
        read, *others = approvals
        await page.goto(f"/approvals/{read[-8:]}")
        await page.locator("article footer button").first.wait_for()
        lags = []
        for approval in [*others, read]:
            # It stays where it stands, so that nothing moves under anybody's hand, and can be chosen and decided no more.
            place = f'li:has([data-approval="{approval}"]) input:enabled' if approval != read else "article footer"
            await page.locator(place).wait_for()
            await seen(page, f"document.querySelector('{place}') === null", "gone")
            await up.ask("POST", f"/v1/approvals/{approval}/decision", approved=False, reason="no")
            answered = time.time()
            lags.append(max(0.0, await told(page, "gone") - answered))
            await asyncio.sleep(0.4)
        sheet.lags("an approval decided elsewhere can be decided no more", lags)


async def interactive(up: Scene, browser: Browser, sheet: Sheet, rounds: int) -> None:
    """A cold cache, a browser that runs: until its page is painted and no task of more than 50 ms keeps it from answering."""
    [done] = (await up.ask("GET", "/v1/runs?function=bench.many&limit=1"))["data"]
    pages = {
        "board of 500 cards": ("/board", CARD),
        "a run of 5,000 steps": (f"/runs/{done['id']}", "document.querySelector('[role=treegrid] [aria-level]')"),
        "Runs": ("/runs", "document.querySelector('[data-row]')"),
        "Approvals": ("/approvals", "document.querySelector('main h2')"),
    }
    for name, (path, ready) in pages.items():
        found = []
        for _ in range(5 * rounds):
            async with eyes(browser, up.url) as page:
                await page.add_init_script(f"window.ready = eyes.when(() => {ready}).then(at => at - performance.timeOrigin)")
                await page.goto(path)
                painted = float(await page.evaluate("window.ready"))
                await page.wait_for_timeout(600)
                ends = await page.evaluate("() => eyes.long.map(([at, ms]) => at + ms)")
                found.append(max([painted, *(end for end in ends if end < painted + 600)]))
        sheet.line(f"interactive, cold: {name}", f"{statistics.median(found):.0f} ms, worst {max(found):.0f}", "1,500 ms")


async def idle(up: Scene, browser: Browser, sheet: Sheet, rounds: int) -> None:
    [done] = (await up.ask("GET", "/v1/runs?function=bench.many&limit=1"))["data"]
    paths = ["/board", f"/runs/{done['id']}", "/runs", "/agents", "/approvals", "/events"]
    async with eyes(browser, up.url) as first:
        asked: list[str] = []
        first.context.on("request", lambda request: asked.append(request.url))
        for path in paths:
            page = first if path == paths[0] else await first.context.new_page()
            await page.goto(path, wait_until="domcontentloaded")
            await page.get_by_role("heading", level=1).wait_for()
        while True:
            before = len(asked)
            await asyncio.sleep(REST_SECONDS)
            if len(asked) == before:
                break
        await asyncio.sleep(IDLE_SECONDS)
        streams = sum("/v1/stream?" in url for url in asked)
        sheet.line(f"requests of {len(paths)} pages in {IDLE_SECONDS:.0f} idle seconds", str(len(asked) - before), "0")
        sheet.line("  their streams of the tenant", str(streams), "1")


async def smooth(page: Page, act: Callable[[], Awaitable[None]]) -> Round:
    await page.wait_for_timeout(700)
    await long_tasks(page)
    async with traced(page) as cpu:
        await drawn(page)
        await act()
        frames = await drawn(page)
        await page.wait_for_timeout(100)  # the observer tells of a task a moment after its end
    return Round(await long_tasks(page), max(cpu, default=0.0), frames)


async def scroll(page: Page, seconds: float = 3.0) -> None:
    begun, number = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        await page.mouse.wheel(0, 220 if passed < seconds / 2 else -220)
        number += 1
        await asyncio.sleep(0.016)


async def board_of_500(up: Scene, browser: Browser, sheet: Sheet, rounds: int) -> None:
    async with eyes(browser, up.url) as page:
        await page.goto("/board")
        await page.locator("[data-card]").first.wait_for()
        await page.get_by_role("region", name="Backlog", exact=True).locator("[data-card]").first.hover()

        async def drag() -> None:
            place = await page.get_by_role("region", name="Backlog", exact=True).locator("[data-card]").nth(1).bounding_box()
            assert place is not None
            await page.mouse.move(place["x"] + 60, place["y"] + 30)
            await page.mouse.down()
            for number in range(180):
                x, y = 100 + (number * 11) % 1100, 200 + (number * 17) % 600
                await page.mouse.move(place["x"] + x, y)
                await asyncio.sleep(0.012)
            await page.keyboard.press("Escape")
            await page.mouse.up()

        async def while_others_move(act: Callable[[], Awaitable[None]]) -> None:
            async def move() -> None:
                for number in range(1_000):
                    await up.ask("PUT", f"/v1/tasks/FF-{450 + number % 40}/column", column=("Doing", "Review")[number // 40 % 2])
                    await asyncio.sleep(0.1)

            moving = asyncio.create_task(move())
            await act()
            moving.cancel()

        sheet.smoothness("scrolling a column of 300, board of 500", [await smooth(page, lambda: scroll(page)) for _ in range(3 * rounds)])
        sheet.smoothness(
            "  while others move ten cards a second",
            [await smooth(page, lambda: while_others_move(lambda: scroll(page))) for _ in range(3 * rounds)],
        )
        sheet.smoothness("dragging a card over a board of 500", [await smooth(page, drag) for _ in range(3 * rounds)])
        sheet.smoothness(
            "  while others move ten cards a second", [await smooth(page, lambda: while_others_move(drag)) for _ in range(3 * rounds)]
        )


async def run_of_5000(up: Scene, browser: Browser, sheet: Sheet, rounds: int) -> None:
    [done] = (await up.ask("GET", "/v1/runs?function=bench.many&limit=1"))["data"]
    async with eyes(browser, up.url) as page:
        await page.goto(f"/runs/{done['id']}")
        await page.get_by_role("row").nth(5).hover()
        sheet.smoothness(f"scrolling a run of {STEPS:,} steps", [await smooth(page, lambda: scroll(page)) for _ in range(3 * rounds)])
    async with eyes(browser, up.url) as page:

        async def watch() -> None:
            going = await up.begin("bench.many", steps=STEPS)
            await page.goto(f"/runs/{going}")
            await page.get_by_role("row").nth(3).hover()
            await up.ended(going)

        sheet.smoothness(f"watching {STEPS:,} steps being made, as fast as they are", [await smooth(page, watch) for _ in range(rounds)])


def weights() -> None:
    """What a browser has to fetch, as the build's manifest tells."""
    build = runpy.run_path(str(ROOT / "web/build.py"))
    build["node"](ROOT / "web", "budget.mjs")


PARTS = {
    "pixel": commit_to_pixel,
    "approvals": decided_elsewhere,
    "interactive": interactive,
    "idle": idle,
    "board": board_of_500,
    "run": run_of_5000,
}


async def measure(server: str, directory: Path, rounds: int, parts: list[str]) -> None:
    sheet = Sheet()
    async with scene(server, directory) as up, a_chromium() as browser:
        await up.fill_board()
        await up.ended(await up.begin("bench.many", steps=STEPS))
        await up.ask("POST", "/v1/events", name="bench/once", data={})
        for name in parts:
            await PARTS[name](up, browser, sheet, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="so many times as much of everything")
    parser.add_argument("--only", nargs="*", choices=[*PARTS, "weights"], default=[*PARTS, "weights"])
    options = parser.parse_args()
    build = runpy.run_path(str(ROOT / "web/build.py"))
    if not build["is_fresh"](ROOT):
        build["build"](ROOT)
    if "weights" in options.only:
        weights()
    with own_directory() as directory, own_postgres() as server:
        run(measure(server, directory, options.rounds, [name for name in PARTS if name in options.only]))


if __name__ == "__main__":
    main()
