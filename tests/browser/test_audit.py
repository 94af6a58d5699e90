"""The audit log in a browser: followed as it grows, and proved by the browser itself, which does not take the server's word."""

from __future__ import annotations

import json

import httpx
import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.looking import THEMES, OpenPage, asked_while_idle, at_rest, axe, go, photograph


async def act(by_api: httpx.AsyncClient, title: str) -> None:
    assert (await by_api.post("/v1/tasks", json={"title": title})).status_code == 201


async def sign(by_api: httpx.AsyncClient) -> int:
    """Have the log's head signed now, as an export does; how many entries it is over."""
    assert (await by_api.get("/v1/audit/export")).status_code == 200
    head = (await by_api.get("/v1/audit/heads")).json()["data"][0]
    return int(json.loads(head["head"])["size"])


async def lie(page: Page, path: str, said: str, instead: str) -> None:
    """Have the server say something else at an address, as whoever has broken into it would."""

    async def change(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace(said, instead))

    await page.route(path, change)


async def test_an_entry_is_proved_by_the_browser_and_one_that_was_changed_is_refused(page: Page, by_api):
    await act(by_api, "Refund ORD-9218")
    await sign(by_api)
    await go(page, "/audit")
    await page.get_by_role("link", name="task.create").click()
    entry = page.get_by_role("complementary", name="Entry")
    await expect(entry).to_contain_text("✓Proved by this browser against head")
    await expect(entry).to_contain_text('"title": "Refund ORD-9218"')

    await lie(page, "**/v1/audit/aud_*", "Refund ORD-9218", "Refund ORD-1")
    await page.reload()
    await expect(entry.get_by_role("alert")).to_contain_text("This entry does not hold. Entry 0 was changed: its detail")


async def test_a_log_that_was_seen_may_only_grow(page: Page, by_api):
    await act(by_api, "one")
    first = await sign(by_api)
    await go(page, "/audit")
    mark = page.get_by_role("region", name="Is the log what it was")
    await expect(mark).to_contain_text("This browser sees this log for the first time, and remembers its head.")

    await act(by_api, "two")
    await sign(by_api)
    await page.keyboard.press("Shift+V")
    await expect(mark).to_contain_text(f"None of the first {first} was changed since this browser saw them")

    # A log that was put back, or written anew, has no head of what was seen.
    await page.route("**/v1/audit/consistency?*", lambda route: route.fulfill(status=200, json=FORGED))
    await page.keyboard.press("Shift+V")
    await expect(mark.get_by_role("alert")).to_contain_text("The log does not hold. The log is forked")


FORGED = {"format": "flowforge-audit-consistency/1", "path": ["00" * 32], "keys": [], "first": {}, "second": {}}


async def test_the_log_is_followed_and_held_still(page: Page, by_api, witness):
    await act(by_api, "one")
    await go(page, "/audit?action=task.")
    rows = page.get_by_role("row").filter(has_text="task.create")
    await expect(rows).to_have_count(1)
    await expect(page.get_by_role("row").filter(has_text="soon")).to_have_count(0)  # it has its position by now
    await at_rest(witness)
    assert [asked for asked in await asked_while_idle(witness, 1.5) if "/v1/" in asked] == []

    await act(by_api, "two")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("two")

    await page.get_by_role("button", name="Hold still").click()
    await act(by_api, "three")
    await expect(page.get_by_role("button", name="Show 1 new")).to_be_visible()
    await expect(rows).to_have_count(2)
    await page.get_by_role("button", name="Show 1 new").click()
    await expect(rows.first).to_contain_text("three")


async def test_an_entry_is_found_by_keyboard_and_says_what_it_changed(page: Page, by_api):
    await by_api.post("/v1/budgets", json={"name": "all", "scope": "tenant", "amount": "25"})
    await by_api.patch("/v1/budgets/all", json={"amount": "40"})
    await act(by_api, "something else")
    await go(page, "/audit")
    await page.get_by_role("table", name="Entries").wait_for()
    await page.keyboard.press("/")
    await page.keyboard.type("BUDGET")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/audit?q=BUDGET")
    await expect(page.get_by_role("link", name="budget.update")).to_be_visible()  # the rows that fit are in
    await expect(page.get_by_role("row").filter(has_text="task.create")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="budget.update")).to_be_focused()
    await page.keyboard.press("Enter")
    changes = page.get_by_role("list", name="Changes")
    await expect(changes.get_by_role("listitem")).to_have_count(1)
    await expect(changes).to_contain_text('amount changedfrom "25"→to "40"')
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("complementary", name="Entry")).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
async def test_the_audit_log_is_for_everybody(open_page: OpenPage, by_api, theme: str):
    page = await open_page(color_scheme=theme)
    await go(page, "/audit")
    await page.get_by_text("Nothing was done here yet").wait_for()
    assert await axe(page) == []
    await act(by_api, "Refund ORD-9218")
    await sign(by_api)
    for path in ("/audit", "/audit?view=heads", "/audit?action=nothing"):
        await go(page, path)
        await page.locator("[role=table], h2:has-text('No entry fits')").first.wait_for()
        assert await axe(page) == [], path
    await go(page, "/audit")
    await page.get_by_role("link", name="task.create").click()
    await page.get_by_text("Proved by this browser").wait_for()
    assert await axe(page) == []


async def test_the_audit_log_looks_as_it_should(open_page: OpenPage, by_api):
    for n in range(5):
        await act(by_api, f"Refund ORD-{n}")
    await sign(by_api)
    assert len(await photograph(open_page, "audit", "/audit", "[role=table]")) == 6
