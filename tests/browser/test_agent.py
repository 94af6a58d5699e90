"""An agent's page in a browser: it is watched while it works, spoken to, held still, paused, and all that is its own is looked at."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.looking import OpenPage, asked_while_idle, at_rest, axe, go, photograph

FIRST_CALL_MS = 20_000  # of a model, in a server that has just begun: it reads much code
TABS = ("Runs", "Tasks", "Skills and tools", "Memory", "Triggers", "Costs", "Limits", "Definition")


async def make_agent(by_api: httpx.AsyncClient, **more: Any) -> None:
    agent = {"name": "atlas", "model": "claude-sonnet-4.5", "instructions": "Settle refunds.", "tools": ["lookup_order", "issue_refund"]}
    assert (await by_api.post("/v1/agents", json={**agent, **more})).status_code == 201


async def give(by_api: httpx.AsyncClient, title: str = "Refund ORD-9218", **more: Any) -> str:
    answer = await by_api.post("/v1/tasks", json={"title": title, "description": "Refund $420.", "assignee": {"agent": "atlas"}, **more})
    return str(answer.json()["key"])


async def decide(by_api: httpx.AsyncClient, task: str) -> None:
    [approval] = (await by_api.get("/v1/approvals", params={"state": "pending", "task": task})).json()["data"]
    answer = await by_api.post(f"/v1/approvals/{approval['id']}/decision", json={"approved": True})
    assert answer.status_code == 200


def stream(page: Page) -> Locator:
    return page.get_by_role("region", name="What atlas does")


async def test_on_a_phone_what_it_has_in_hand_stands_below_what_it_says(open_page: OpenPage, by_api):
    await make_agent(by_api)
    await give(by_api)
    page = await open_page(viewport={"width": 360, "height": 780})
    await go(page, "/agents/atlas")
    await expect(stream(page).get_by_role("link", name="Decide")).to_be_visible(timeout=FIRST_CALL_MS)
    in_hand = page.get_by_role("complementary", name="What atlas has in hand")
    said, spoken, beside = [await one.bounding_box() for one in (stream(page), page.get_by_label("Speak to atlas"), in_hand)]

    assert said["y"] + said["height"] <= spoken["y"] and spoken["y"] + spoken["height"] <= beside["y"]
    await in_hand.get_by_role("heading", name="Waits behind").scroll_into_view_if_needed()
    await expect(in_hand.get_by_role("heading", name="Waits behind")).to_be_in_viewport()
    await expect(page.get_by_role("navigation", name="What there is of atlas").get_by_role("link", name="Stream")).to_be_visible()


async def test_an_agent_is_watched_while_it_works_and_hears_what_is_said_to_it(open_page: OpenPage, by_api):
    await make_agent(by_api, budget="5.00/day")
    page = await open_page()
    await go(page, "/agents/atlas")
    await expect(page.get_by_text("atlas has nothing in hand")).to_be_visible()
    await page.keyboard.press("c")
    await page.get_by_role("textbox", name="Title").fill("Refund ORD-9218")
    await page.get_by_role("textbox", name="Description").fill("The parcel was lost. Refund $420.")
    await page.get_by_role("button", name="Assign", exact=True).click()

    await expect(stream(page).get_by_text("I am looking up ORD-9218")).to_be_visible(timeout=FIRST_CALL_MS)
    await expect(stream(page).get_by_role("button", name=re.compile("lookup_order"))).to_be_visible()
    await expect(stream(page).get_by_role("link", name="Decide")).to_be_visible()
    await expect(page.get_by_role("region", name="Needs you")).to_contain_text("issue_refund")
    in_hand = page.get_by_role("complementary", name="What atlas has in hand")
    await expect(in_hand).to_contain_text("FF-1 Refund ORD-9218")

    await page.keyboard.press("m")
    await page.keyboard.type("The customer has called.")
    await page.keyboard.press("Enter")
    said = page.get_by_role("list", name="What was said to it")
    await expect(said).to_contain_text("waits: it is read when the work goes on")
    await decide(by_api, "FF-1")
    await expect(stream(page).get_by_text(re.compile(r"delivered at turn \d"))).to_be_visible()
    await expect(stream(page)).to_contain_text("operator The customer has called.")
    await expect(stream(page).get_by_text("The run is over", exact=True)).to_be_visible()
    await expect(page.get_by_role("region", name="Needs you")).to_have_count(0)

    late = await open_page()
    await go(late, "/agents/atlas")
    await expect(stream(late).get_by_text("The run is over", exact=True)).to_be_visible()
    assert await told(late) == await told(page)


async def told(page: Page) -> list[str]:
    """The lines of the stream, as far as they are drawn: all of them, where there are few."""
    lines = await stream(page).locator("ol > li").all_inner_texts()
    return [line for line in lines if not line.startswith("Run ")]


async def test_the_stream_holds_still_and_says_how_much_is_new(open_page: OpenPage, by_api):
    await make_agent(by_api)
    await give(by_api)
    page = await open_page(viewport={"width": 1024, "height": 560})
    await go(page, "/agents/atlas")
    await expect(stream(page).get_by_role("link", name="Decide")).to_be_visible(timeout=FIRST_CALL_MS)

    await page.keyboard.press("Space")
    await expect(stream(page)).to_contain_text("paused")
    await decide(by_api, "FF-1")
    await expect(stream(page).get_by_role("button", name=re.compile(r"Go on · \d+ new"))).to_be_visible()
    await expect(stream(page).get_by_text("The run is over", exact=True)).to_have_count(0)
    await page.keyboard.press("Space")
    await expect(stream(page).get_by_text("The run is over", exact=True)).to_be_visible()

    await stream(page).locator("ol").hover()
    await page.mouse.wheel(0, -2000)
    await expect(stream(page).get_by_text("operator gave atlas the task")).to_be_visible()
    await give(by_api, "Refund ORD-9218 once more")
    follow = stream(page).get_by_role("button", name=re.compile(r"Follow · \d+ new"))
    await follow.click()
    await expect(stream(page).get_by_role("link", name="Decide")).to_be_in_viewport()
    await expect(follow).to_have_count(0)


async def test_an_agent_is_paused_with_a_reason_and_what_it_is_given_waits_behind_it(page: Page, by_api, witness):
    await make_agent(by_api, concurrency=1)
    await go(page, "/agents/atlas")
    await page.get_by_role("button", name="Pause", exact=True).first.wait_for()
    await page.keyboard.press("p")
    await page.get_by_role("textbox", name="Why").fill("it refunds too much")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("it refunds too much").first).to_be_visible()
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()
    await expect(stream(page)).to_contain_text("Paused by operator")

    await give(by_api)
    waits = page.get_by_role("region", name=re.compile("Waits behind"))
    await expect(waits).to_contain_text("FF-1")
    await at_rest(witness)
    assert await asked_while_idle(witness, 1.0) == []
    await page.keyboard.press("p")
    await expect(stream(page).get_by_role("link", name="Decide")).to_be_visible(timeout=FIRST_CALL_MS)
    await expect(waits).to_contain_text("Nothing")


async def test_notes_and_triggers_are_written_searched_and_taken_away(page: Page, by_api):
    await make_agent(by_api, memory=True)
    await go(page, "/agents/atlas?view=memory")
    await page.get_by_role("button", name="Write a note").first.click()
    await page.get_by_role("textbox", name="Title").fill("Refund limit")
    await page.get_by_role("textbox", name="Note", exact=True).fill("At most **500** dollars.")
    await page.get_by_role("button", name="Write it").click()
    note = page.get_by_role("listitem", name="Refund limit")
    await expect(note).to_contain_text("At most 500 dollars.")
    await page.keyboard.press("/")
    await page.keyboard.type("parcel")
    await expect(page.get_by_text("No note has these words")).to_be_visible()
    await page.get_by_role("button", name="Show all").click()
    await note.get_by_role("button", name="Acts on Refund limit").click()
    await page.get_by_role("menuitem", name=re.compile("Delete")).click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_text("atlas remembers nothing yet")).to_be_visible()

    await page.keyboard.press("6")
    await page.get_by_role("button", name="Give it a trigger").click()
    await page.get_by_role("textbox", name="Event").fill("order/doubted")
    await page.get_by_role("textbox", name="Title").fill("Look at {{event.data.order_id}}")
    await page.get_by_role("button", name="Give it the trigger").click()
    await expect(page.get_by_role("list", name="Triggers of atlas")).to_contain_text("order/doubted")
    await page.get_by_role("button", name="Take away order/doubted").click()
    await page.get_by_role("button", name="Take it away").click()
    await expect(page.get_by_text("Nothing starts atlas by itself")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_on_an_agents_page_keeps_anybody_out(open_page: OpenPage, by_api, theme):
    await make_agent(by_api, budget="5.00/day", limits={"turns": 50})
    await by_api.post("/v1/agents/atlas/memory", json={"title": "Refund limit", "text": "At most 500 dollars.", "pinned": True})
    await by_api.post("/v1/agents/atlas/triggers", json={"cron": "0 9 * * 1-5", "makes": "run", "prompt": "Report."})
    await give(by_api, checklist=["ask", "pay"])
    page = await open_page(color_scheme=theme)
    await go(page, "/agents/atlas")
    await expect(stream(page).get_by_role("link", name="Decide")).to_be_visible(timeout=FIRST_CALL_MS)
    await expect(page.get_by_text("0 of 2 done")).to_be_visible()
    assert await axe(page) == []
    views = page.get_by_role("navigation", name="What there is of atlas")
    for number, tab in enumerate(TABS, start=2):
        await page.keyboard.press(str(number))
        await expect(views.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
        await expect(page.get_by_role("status", name=re.compile("^(Loading|Adding)"))).to_have_count(0)
        assert await axe(page) == [], tab


async def test_pictures_of_an_agent(open_page: OpenPage, by_api):
    await make_agent(by_api, budget="5.00/day", description="Looks after orders and refunds.")
    await give(by_api, checklist=["Look up the order", "Refund it", "Tell the customer"])
    await photograph(open_page, "agent", "/agents/atlas", "text=Decide")
