"""Every page, as everybody meets it: with all there is and with nothing, before its answers are in and where they do not come, in both
themes, by keyboard alone, on a small screen and enlarged.

One tenant is furnished for all of it, and one tab goes from page to page. With FLOWFORGE_PICTURES each page is photographed as well.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, ViewportSize, expect

from flowforge import ids
from flowforge.api.dashboard import PAGES as FIRST_PARTS
from tests.browser.conftest import WAIT_MS
from tests.browser.development import Development
from tests.browser.looking import THEMES, WIDTHS, axe, go, pictures
from tests.browser.pages import PAGES, Seen, routes, sections
from tests.browser.witness import Witness
from tests.browser.workplace import Workplace

LARGE: ViewportSize = {"width": 1440, "height": 900}
SMALL: tuple[ViewportSize, ...] = ({"width": 360, "height": 780}, {"width": 640, "height": 450})  # a telephone; 1280 × 900 at 200 %
COLOURS = ["color-contrast", "link-in-text-block"]
OF_THE_SHELL = re.compile(r"/v1/(me|frames|stream)\b")
REQUEST_ID = "req-of-a-page-that-failed"
# What a page waits for: its code, its answers, its letters, and colours that do not change any more.
SETTLED = """() => document.querySelector("main h1") !== null
    && document.querySelector("main [class*=_skeleton_], main[aria-busy]") === null
    && document.fonts.status === "loaded" && document.getAnimations().every(one => one.playState !== "running")"""
WIDER = """() => [document.documentElement, document.querySelector("main")]
    .filter(one => one.scrollWidth > one.clientWidth).map(one => `${one.tagName} ${one.scrollWidth} > ${one.clientWidth}`)"""
# Until the page changes; now and then that is too soon, and nothing is lost by trying once more.
TRY_AGAIN = """buttons => new Promise(done => {
    new MutationObserver(done).observe(document.querySelector("main"), {subtree: true, childList: true, characterData: true});
    setTimeout(done, 1000);
    buttons.forEach(one => one.click());
})"""
A_ZERO = re.compile(r"(?<![\w.,:/…-])\$?0(?:\.0+)?(?![\w.,:/-])")

FIRST_OF_THEIR_ROUTE = list({one.pattern: one for one in reversed(PAGES)}.values())
# CI looks at each page once, and at one section of settings; further views, pages of tenants that have nothing, and answers that are late
# or fail come with the long tests.
LATER = re.compile(r"settings-(?!board)|run-(step|waiting|cached)|agent-(runs|triggers)|event-unmatched")
IN_CI = [one for one in FIRST_OF_THEIR_ROUTE if not LATER.match(one.name)]
every_page = pytest.mark.parametrize(
    "seen", [pytest.param(one, id=one.name, marks=() if one in IN_CI else pytest.mark.long) for one in PAGES]
)


@dataclass
class Tab:
    """One tab for all tests of this file, and what it complained of since it was asked last."""

    page: Page
    witness: Witness

    def complaints(self) -> list[str]:
        said, self.witness.complaints = self.witness.faults, []
        return said


@pytest.fixture(scope="module")
async def workplace(forge: Development) -> AsyncIterator[Workplace]:
    async with forge.client(f"furnished-{ids.new_id().hex[-12:]}") as api:
        workplace = Workplace(api)
        await workplace.furnish()
        yield workplace
        await workplace.close()


@pytest.fixture(scope="module")
async def full(browser: Browser, forge: Development, workplace: Workplace) -> AsyncIterator[Tab]:
    async for tab in _tab(browser, forge, workplace.api.headers["x-flowforge-tenant"]):
        yield tab


@pytest.fixture(scope="module")
async def empty(browser: Browser, forge: Development) -> AsyncIterator[Tab]:
    async for tab in _tab(browser, forge, f"empty-{ids.new_id().hex[-12:]}"):
        yield tab


async def _tab(browser: Browser, forge: Development, tenant: str) -> AsyncIterator[Tab]:
    context: BrowserContext = await browser.new_context(
        base_url=forge.url, extra_http_headers={"X-FlowForge-Tenant": tenant}, locale="en-GB", reduced_motion="reduce", viewport=LARGE
    )
    context.set_default_timeout(WAIT_MS)
    tab = Tab(await context.new_page(), Witness(forge.url))
    tab.witness.watch(tab.page)
    yield tab
    await context.close()


async def settle(page: Page, text: str | None = None) -> None:
    await page.wait_for_function(SETTLED)
    if text is not None:
        await page.locator("main").get_by_text(text).first.wait_for(state="attached")


async def open_at(page: Page, path: str, text: str | None = None) -> None:
    await page.set_viewport_size(LARGE)
    await page.emulate_media(color_scheme="light")
    await go(page, path)
    await settle(page, text)


async def wider_than_its_window(page: Page) -> list[str]:
    """Where a page would have to be moved sideways to be read."""
    found: list[str] = []
    for size in SMALL:
        await page.set_viewport_size(size)
        await settle(page)
        found += [f"at {size['width']} px: {one}" for one in await page.evaluate(WIDER)]
    return found


async def walk_in_by_keyboard(page: Page) -> None:
    """Ask for the keys, then go past the sidebar to the page's first act."""
    await page.keyboard.press("?")
    await page.get_by_role("dialog", name="Keys of this page").wait_for()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("link", name="Skip to the page").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('main') !== null"), "Tab does not reach the page's first act"


def test_every_address_of_the_router_is_in_the_table() -> None:
    patterns = {one.pattern for one in PAGES}
    assert [route for route in routes() if not any(re.fullmatch(re.sub(r"\$\w+", "[^/]+", route), one) for one in patterns)] == []
    assert {f"/settings/{name}" for name in sections()} - patterns == set()
    assert {one.path.split("/")[1].partition("?")[0] for one in PAGES} == set(FIRST_PARTS)


@every_page
async def test_a_page_is_for_everybody(full: Tab, workplace: Workplace, seen: Seen) -> None:
    page = full.page
    await open_at(page, seen.at(workplace.places), seen.shows)
    assert await axe(page) == []
    if seen in FIRST_OF_THEIR_ROUTE:
        await walk_in_by_keyboard(page)

    await page.emulate_media(color_scheme="dark")
    await settle(page)
    assert await axe(page, COLOURS) == []
    assert await wider_than_its_window(page) == []
    assert full.complaints() == []


@pytest.mark.long
@pytest.mark.parametrize("seen", [pytest.param(one, id=one.name) for one in PAGES if one.empty is not None])
async def test_a_page_says_what_would_be_there_where_nothing_is(empty: Tab, seen: Seen) -> None:
    page = empty.page
    await open_at(page, seen.path, seen.empty)
    assert await axe(page) == []
    assert await wider_than_its_window(page) == []
    assert empty.complaints() == []


@pytest.mark.long
@every_page
async def test_a_page_claims_nothing_before_its_answers_are_in_and_tells_which_did_not_come(
    full: Tab, workplace: Workplace, seen: Seen
) -> None:
    page, held = full.page, Held()
    await page.set_viewport_size(LARGE)
    await page.route(lambda url: "/v1/" in url and not OF_THE_SHELL.search(url), held.take)
    await go(page, seen.at(workplace.places))
    await page.locator("main h1").wait_for()
    if seen.asks:
        await page.locator("main [class*=_skeleton_]").first.wait_for()
    claimed = await page.locator("main").inner_text()
    assert A_ZERO.findall(claimed) == [], claimed

    await held.refuse()
    if seen.asks:
        told = page.locator("main").get_by_role("alert").filter(has_text=REQUEST_ID)
        await told.first.wait_for()
        held.let_pass()
        while await told.count() > 0:  # one that is well again may show another that is not
            await told.get_by_role("button", name="Try again").evaluate_all(TRY_AGAIN)
    held.let_pass()
    await page.unroute_all(behavior="ignoreErrors")
    await settle(page, seen.shows if seen.asks else None)
    assert [said for said in full.complaints() if "status of 500" not in said] == []


class Held:
    """What a page asks for, held back until the server is said to fail, or to answer after all."""

    def __init__(self) -> None:
        self._refused, self._passes = asyncio.Event(), False

    async def take(self, route: Route) -> None:
        if not self._passes:
            await self._refused.wait()
        if self._passes:
            await route.fallback()
            return
        problem: dict[str, Any] = {
            "type": "about:blank",
            "title": "The server failed",
            "status": 500,
            "detail": "It has lost its database.",
        }
        # The page asks again three times, at once: it is told that so little time is enough.
        headers = {"content-type": "application/problem+json", "retry-after": "0.001", "x-request-id": REQUEST_ID}
        await route.fulfill(status=500, headers=headers, json={**problem, "request_id": REQUEST_ID})

    async def refuse(self) -> None:
        self._refused.set()

    def let_pass(self) -> None:
        self._passes = True
        self._refused.set()


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_pictures_of_every_page(full: Tab, empty: Tab, workplace: Workplace) -> None:
    taken = 0
    for seen in PAGES:
        taken += await photograph(full.page, seen.name, seen.at(workplace.places), seen.shows)
        if seen.empty is not None:
            taken += await photograph(empty.page, f"{seen.name}-empty", seen.path, seen.empty)
    assert taken == (len(PAGES) + sum(one.empty is not None for one in PAGES)) * len(THEMES) * len(WIDTHS)


async def photograph(page: Page, name: str, path: str, text: str) -> int:
    await open_at(page, path, text)
    for theme in THEMES:
        await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        for width, height in WIDTHS.items():
            await page.set_viewport_size({"width": width, "height": height})
            await settle(page)
            await page.screenshot(path=pictures() / f"{name}-{theme}-{width}.png")
    return len(THEMES) * len(WIDTHS)
