"""The whole of it, by hand, in one browser: an agent is registered, given a task, watched, approved with an edit.

Its work is seen to be done, its run is replayed, and what all of it cost is read. Nothing is done by the API, and no page is loaded twice.
"""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.async_api import Page, expect

from tests.browser.looking import go

INSTRUCTIONS = "Settle refunds. Look the order up before you promise anything."


async def to(page: Page, key: str) -> None:
    """By keyboard, as people go once they know the keys."""
    await page.keyboard.press("g")
    await page.keyboard.press(key)


async def choose(page: Page, field: str, option: str) -> None:
    await page.get_by_role("combobox", name=field, exact=True).fill(option)
    await page.get_by_role("option", name=re.compile(rf"^{option}")).first.click()


@pytest.mark.timeout(300)
async def test_an_agent_is_registered_given_work_watched_approved_replayed_and_paid_for(page: Page, by_api) -> None:
    await go(page, "/agents")
    await page.get_by_role("heading", name="Agents").wait_for()
    await page.keyboard.press("c")
    form = page.get_by_role("dialog", name="Register an agent")
    await form.get_by_role("textbox", name="Name").fill("atlas")
    await form.get_by_label("Model", exact=True).fill("claude-sonnet-4.5")
    await form.get_by_role("textbox", name="Instructions").fill(INSTRUCTIONS)
    await choose(page, "Tools", "lookup_order")
    await choose(page, "Tools", "issue_refund")
    await form.get_by_role("button", name="Register", exact=True).click()
    await page.wait_for_url("**/agents/atlas")

    # A task is made and assigned on the board.
    await page.get_by_role("button", name="Assign task").wait_for()
    await to(page, "b")
    await page.get_by_role("heading", name="Board").wait_for()
    await page.keyboard.press("c")
    await page.get_by_role("textbox", name="Title").fill("Refund ORD-9218")
    await page.get_by_role("textbox", name="Description").fill("Ada's parcel was lost. Refund $420.")
    await choose(page, "Assignee", "atlas")
    await page.get_by_role("button", name="Make the task").click()
    card = page.locator("[data-card=FF-1]")
    await expect(card).to_contain_text("needs you: issue_refund")

    # What it thought and did is to be read, also by who comes late.
    await page.get_by_role("region", name="The team now").get_by_role("link", name=re.compile("atlas")).click()
    await page.wait_for_url("**/agents/atlas")
    stream = page.locator("main")
    await expect(stream).to_contain_text("I look the order up before I promise anything.")
    await expect(stream).to_contain_text("lookup_order")

    # It is approved, with another amount: money leaves the account, so the button is pressed twice.
    await to(page, "p")
    await page.get_by_role("heading", name="atlas wants to issue_refund").wait_for()
    await page.keyboard.press("e")
    await page.get_by_label("amount").fill("300")
    await page.keyboard.press("Control+Enter")
    await page.get_by_role("button", name="Press again to confirm").wait_for()
    await page.wait_for_function("() => new Promise(done => setTimeout(() => done(true), 450))")  # sooner it is a double click
    await page.get_by_role("button", name="Press again to confirm").click()
    await page.get_by_role("heading", name="Nothing waits for you").wait_for()

    # Its work is handed in, and a person says that it is done.
    await to(page, "b")
    await expect(page.get_by_role("region", name="Review", exact=True).locator("[data-card=FF-1]")).to_contain_text("handed in")
    await card.get_by_role("link", name="Refund ORD-9218").focus()
    await page.keyboard.press("5")
    await expect(page.get_by_role("region", name="Done", exact=True).locator("[data-card=FF-1]")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/board/FF-1")
    await expect(page.get_by_role("article").filter(has_text="$300 was refunded to ORD-9218")).to_be_visible()

    # The run is followed back to its steps, and replayed from the last of them.
    run = page.locator("main dl").get_by_role("link", name=re.compile(r"^\w{4}_\w{4}$"))
    await run.click()
    await expect(page.get_by_role("status").filter(has_text="done")).to_be_visible()
    await page.get_by_role("row", name=re.compile("hand in")).click()
    await page.get_by_role("button", name="Replay from here").click()
    replay = page.get_by_role("dialog")
    await expect(replay.get_by_role("listitem").filter(has_text="issue_refund").last).to_be_visible()
    origin = page.url.partition("?")[0]
    await replay.get_by_role("button", name="Replay", exact=True).click()
    await page.wait_for_url(lambda url: url.partition("?")[0] != origin)
    await expect(page.get_by_role("status").filter(has_text="done")).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("issue_refund")).first).to_contain_text("cached · 0 ms")

    # What it cost is the sum of its runs: what was replayed cost nothing a second time.
    await to(page, "c")
    table = page.get_by_role("table", name="Costs by model")
    await expect(table.get_by_role("row").filter(has_text="claude-sonnet-4.5")).to_contain_text("100 %")
    shown = await page.get_by_role("region", name="Costs, last 7 days").locator("span[title^='$']").first.get_attribute("title")
    runs = (await by_api.get("/v1/runs")).json()["data"]
    assert Decimal(str(shown).removeprefix("$")) == sum(Decimal(one["cost"] or 0) for one in runs) > 0
