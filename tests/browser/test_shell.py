"""What stands around every page: keys, the palette, how it looks, signing in, and what is told above."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from flowforge.db.migrate import migrate
from tests.browser.development import Development, drop_own_database, own_database
from tests.browser.looking import THEMES, OpenPage, axe, go

PAGES = {
    "b": "Board", "p": "Approvals", "i": "Inbox", "a": "Agents", "r": "Runs", "e": "Events", "f": "Functions", "c": "Costs",
    "s": "Skills", "o": "Tools", "u": "Audit", ",": "Settings",
}  # fmt: skip
NARROW = {"width": 360, "height": 780}
FAULT = {
    "files": ["app.py"], "message": "app.py:50: SyntaxError: invalid syntax",
    "traceback": 'File "app.py", line 50\n    this is no python', "at": "2026-11-22T09:15:02Z",
}  # fmt: skip
MIRA = {"E-mail address": "mira@example.com", "Password": "seven grey herons at dawn"}


async def focused(page: Page) -> str:
    told: str = await page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
    return told


async def test_every_page_is_reached_by_the_keyboard_alone(page):
    await go(page, "/board")
    await page.get_by_role("heading", name="Board", level=1).wait_for()
    await page.keyboard.press("Tab")
    assert await focused(page) == "Skip to the page"
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()

    for key, name in PAGES.items():
        await page.keyboard.press("g")
        await page.keyboard.press(key)
        await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        await expect(page).to_have_title(re.compile(rf"{name} · FlowForge$"))
        await expect(page.get_by_role("navigation", name="Main").locator("li [aria-current]")).to_have_text(re.compile(f"^{name}"))
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys of this page")
    for name in PAGES.values():
        await expect(keys.get_by_text(name, exact=True).first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(keys).to_have_count(0)


async def test_the_palette_finds_what_there_is_by_its_number_and_its_name(page, by_api):
    agent = {"name": "atlas", "model": "claude-sonnet-4.5", "instructions": "Settle refunds.", "tools": ["lookup_order", "issue_refund"]}
    assert (await by_api.post("/v1/agents", json=agent)).status_code == 201
    await by_api.post("/v1/tasks", json={"title": "Refund ORD-9218"})
    run = (await by_api.post("/v1/functions/route_parcel/runs", json={"input": {"parcel_id": "P-1", "weight": 2}})).json()
    await go(page, "/costs")
    await page.get_by_role("heading", name="Costs", level=1).wait_for()

    for typed, opens in {
        "FF-1": "/board/FF-1", run["label"]: f"/runs/{run['id']}", "atlas": "/agents/atlas", "route_par": "/functions/route_parcel",
        "retention": "/settings/retention", "new key": "/settings/keys?new=1",
    }.items():  # fmt: skip
        await page.keyboard.press("Control+k")
        await page.get_by_role("combobox", name="Search or run a command").fill(typed)
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(re.escape(opens) + "$"))


async def test_how_it_looks_is_kept_over_a_reload(page):
    root, sidebar = page.locator("html"), page.get_by_role("navigation", name="Main")
    await go(page, "/settings/appearance")
    await page.get_by_role("radio", name=re.compile("^Dark")).check()
    await page.keyboard.press("t")
    await expect(page.get_by_role("radio", name=re.compile("^Light"))).to_be_checked()
    await page.get_by_role("radio", name=re.compile("^Compact")).check()
    await page.keyboard.press("Control+b")

    await page.reload(wait_until="domcontentloaded")
    await expect(root).to_have_attribute("data-theme", "light")
    await expect(root).to_have_attribute("data-density", "compact")
    await expect(sidebar).to_have_attribute("data-folded", "true")
    await expect(page.get_by_role("radio", name=re.compile("^Compact"))).to_be_checked()
    await page.get_by_role("button", name="Unfold the sidebar").click()
    await expect(sidebar.get_by_text("Approvals")).to_be_visible()


async def test_single_keys_can_be_switched_off_and_the_others_go_on(page):
    await go(page, "/runs")
    await page.get_by_role("heading", name="Runs", level=1).wait_for()
    await page.keyboard.press("?")
    await page.get_by_label("Single keys are off").check()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    for key in ("t", "g", "b", "?"):
        await page.keyboard.press(key)
    await page.keyboard.press("Control+k")  # what the ones before would have done is done by now
    await expect(page.get_by_role("combobox", name="Search or run a command")).to_be_focused()
    assert page.url.endswith("/runs") and await page.locator("html").get_attribute("data-theme") is None
    await expect(page.get_by_role("dialog")).to_have_count(1)


async def test_on_a_narrow_page_the_menu_opens_over_it_and_goes_with_a_choice(open_page: OpenPage):
    page = await open_page(viewport=NARROW)
    await go(page, "/board")
    menu, sidebar = page.get_by_role("button", name="Menu", exact=True), page.get_by_role("navigation", name="Main")
    await expect(sidebar).to_be_hidden()
    await menu.click()
    await expect(sidebar.get_by_role("link", name="Board")).to_be_focused()
    assert await axe(page) == []
    await page.keyboard.press("Escape")
    await expect(sidebar).to_be_hidden()
    await expect(menu).to_be_focused()

    await menu.click()
    await sidebar.get_by_role("link", name="Costs").click()
    await expect(page.get_by_role("heading", name="Costs", level=1)).to_be_visible()
    await expect(sidebar).to_be_hidden()
    assert not await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


async def test_changed_code_that_cannot_be_used_is_told_above_every_page_until_it_is_mended(page):
    told: dict[str, Any] = {"reloads": True, "fault": FAULT}
    await page.route("**/v1/code", lambda route: route.fulfill(json=told))
    await go(page, "/board")
    await expect(page.get_by_role("alert").filter(has_text="app.py changed")).to_contain_text("SyntaxError")
    await page.get_by_text("Traceback").click()
    await expect(page.get_by_text("this is no python")).to_be_visible()
    assert await axe(page) == []

    told["fault"] = None
    await page.evaluate("dispatchEvent(new Event('focus'))")  # back from the editor
    await expect(page.get_by_text("app.py changed")).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_in_the_palette_the_keys_and_what_is_not_there(open_page: OpenPage, theme):
    page = await open_page(color_scheme=theme, reduced_motion="reduce")
    await go(page, "/settings/nowhere")
    await page.get_by_role("heading", name="Nothing is here").wait_for()
    assert await axe(page) == []
    for key, name in (("Control+k", "Search and commands"), ("?", "Keys of this page")):
        await page.keyboard.press(key)
        await page.get_by_role("dialog", name=name).wait_for()
        assert await axe(page) == [], name
        await page.keyboard.press("Escape")


@pytest.fixture
async def closed_forge(dashboard: None, server_url: str, tmp_path, witness) -> AsyncIterator[Development]:
    """`flowforge serve`, which lets nobody in without an account. Cookies of sessions come over plain HTTP to `localhost` alone."""
    name = f"flowforge_browser_closed_{tmp_path.name[-20:].replace('-', '_').lower()}"
    forge = Development(await own_database(server_url, name), tmp_path, arguments=("serve",))
    await migrate(forge.database_url)
    await forge.start()
    witness.admit(f"http://localhost:{forge.port}")
    yield forge
    await forge.stop()
    await drop_own_database(server_url, name)


async def sign_in(page: Page) -> None:
    for label, value in MIRA.items():
        await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="Sign in").click()


async def test_who_is_signed_out_signs_in_elsewhere_and_goes_on_with_what_was_written(open_page: OpenPage, closed_forge, witness):
    witness.expect("status of 401")
    page = await open_page(base_url=f"http://localhost:{closed_forge.port}", extra_http_headers={})
    await go(page, "/costs")
    await page.get_by_role("heading", name="Sign in").wait_for()
    assert "next=%2Fcosts" in page.url and await axe(page) == []

    token = re.search(r"/welcome\?token=(\S+)", closed_forge.said)
    assert token is not None
    await go(page, f"/welcome?token={token[1]}")
    await page.get_by_label("E-mail address").fill(MIRA["E-mail address"])
    await page.get_by_label("Name").fill("Mira Lund")
    await page.get_by_label("Password").fill(MIRA["Password"])
    over = asyncio.Event()

    async def ask_late(route: Route) -> None:
        await over.wait()
        await route.fulfill(response=await route.fetch())

    await page.route("**/v1/boards/FF", ask_late)
    await page.get_by_role("button", name="Make the account").click()
    await page.get_by_role("heading", name="Board").wait_for()

    await page.keyboard.press("c")
    await page.get_by_role("textbox", name="Title").fill("Written before the session was over")
    await page.context.clear_cookies()
    over.set()
    await expect(page.locator("[role=alert]").filter(has_text="Try again")).to_have_count(1)  # the board was refused too
    await page.get_by_role("button", name="Make the task").click()
    await expect(page.get_by_role("alert").filter(has_text="You are signed out")).to_be_visible()
    async with page.context.expect_page() as opened:
        await page.get_by_role("dialog").get_by_role("link", name="Sign in again in a new tab").click()
    other = await opened.value
    witness.watch(other)
    await sign_in(other)
    await other.get_by_role("heading", name="Board").wait_for()
    await other.close()

    await page.bring_to_front()
    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(page.get_by_text("I have signed in")).to_have_count(0)
    await page.get_by_role("button", name="Make the task").click()
    await expect(page.locator("[data-card=FF-1]")).to_contain_text("Written before the session was over")

    await page.get_by_role("button", name="Mira Lund").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.get_by_role("heading", name="Sign in").wait_for()
