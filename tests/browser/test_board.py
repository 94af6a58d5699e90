"""The board in a browser: cards are made, moved by hand and by key, given away, followed while an agent works, and opened."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.looking import OpenPage, asked_while_idle, at_rest, axe, go, photograph


def card(page: Page, key: str) -> Locator:
    return page.locator(f"[data-card={key}]")


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


async def keys_in(page: Page, name: str) -> list[str]:
    return await column(page, name).locator("[data-card]").evaluate_all("all => all.map(one => one.dataset.card)")


async def make(by_api: httpx.AsyncClient, *titles: str, **more: Any) -> list[str]:
    answers = [await by_api.post("/v1/tasks", json={"title": title, **more}) for title in titles]
    return [answer.json()["key"] for answer in answers]


async def make_agent(by_api: httpx.AsyncClient, **more: Any) -> None:
    agent = {"name": "atlas", "model": "claude-sonnet-4.5", "instructions": "Settle refunds.", "tools": ["lookup_order", "issue_refund"]}
    assert (await by_api.post("/v1/agents", json={**agent, **more})).status_code == 201


async def order(by_api: httpx.AsyncClient, name: str) -> list[str]:
    return [one["key"] for one in (await by_api.get("/v1/boards/FF/cards", params={"column": name})).json()["data"]]


async def drag(page: Page, what: Locator, to: Locator, *, below: bool) -> None:
    start, end = await what.bounding_box(), await to.bounding_box()
    assert start is not None and end is not None
    await page.mouse.move(start["x"] + 60, start["y"] + 30)
    await page.mouse.down()
    await page.mouse.move(start["x"] + 70, start["y"] + 40, steps=3)
    await page.mouse.move(end["x"] + 60, end["y"] + (end["height"] - 8 if below else 8), steps=6)
    await page.mouse.up()


async def test_a_task_is_made_and_moved_by_keys_alone_and_another_browser_sees_it(open_page: OpenPage, by_api):
    await make(by_api, "Write the notes")
    page, other = await open_page(), await open_page()
    for one in (page, other):
        await go(one, "/board")
        await card(one, "FF-1").wait_for()

    await page.keyboard.press("c")
    await page.get_by_role("textbox", name="Title").fill("Publish the release")
    await page.keyboard.press("Enter")
    await expect(card(page, "FF-2").get_by_role("link")).to_be_focused()
    await page.keyboard.press("2")

    await expect(column(page, "Todo").locator("[data-card=FF-2]")).to_be_visible()
    await expect(card(page, "FF-2").get_by_role("link")).to_be_focused()
    await expect(column(other, "Todo").locator("[data-card=FF-2]")).to_contain_text("moved by operator")

    await page.keyboard.press("h")
    await expect(card(page, "FF-1").get_by_role("link")).to_be_focused()
    await page.keyboard.press("m")
    await page.get_by_role("menuitem", name="Done").press("Enter")
    await expect(column(other, "Done").locator("[data-card=FF-1]")).to_be_visible()


async def test_a_card_is_dropped_between_two_others_and_stands_there_for_everybody(open_page: OpenPage, by_api):
    await make(by_api, "one", "two", "three")
    await make(by_api, "four", column="Todo")
    page, other = await open_page(), await open_page()
    for one in (page, other):
        await go(one, "/board")
        await card(one, "FF-4").wait_for()

    await drag(page, card(page, "FF-4"), card(page, "FF-1"), below=True)
    await expect(column(other, "Backlog").locator("[data-card=FF-4]")).to_be_visible()
    await drag(page, card(page, "FF-3"), card(page, "FF-1"), below=False)

    wanted = ["FF-3", "FF-1", "FF-4", "FF-2"]
    for one in (page, other):
        await expect(column(one, "Backlog").locator("[data-card]").first).to_have_attribute("data-card", "FF-3")
        await expect(column(one, "Todo").locator("[data-card]")).to_have_count(0)
        assert await keys_in(one, "Backlog") == wanted
    assert await order(by_api, "Backlog") == wanted


async def test_a_full_column_says_so_and_the_card_goes_back(page: Page, by_api, witness):
    witness.expect("status of 409")
    await make(by_api, "one", column="Review")
    await make(by_api, "two")
    assert (await by_api.patch("/v1/boards/FF/columns/Review", json={"wip_limit": 1})).status_code == 200
    await go(page, "/board")
    await expect(column(page, "Review")).to_contain_text("1 of 1")
    await expect(column(page, "Review")).to_contain_text("full")

    await card(page, "FF-2").get_by_role("link").focus()
    await page.keyboard.press("4")

    await expect(page.get_by_role("alert").filter(has_text="FF-2 stays where it was")).to_contain_text("Review holds 1 of at most 1")
    await expect(column(page, "Backlog").locator("[data-card=FF-2]")).to_be_visible()
    await expect(card(page, "FF-2").get_by_role("link")).to_be_focused()


async def test_a_card_tells_what_its_agent_needs_and_moves_by_itself_once_that_is_decided(page: Page, by_api):
    await make_agent(by_api)
    await make(by_api, "Refund ORD-9218", description="The parcel was lost. Refund $420.")
    await go(page, "/board")
    await card(page, "FF-1").get_by_role("link").focus()
    await page.keyboard.press("i")
    await page.get_by_role("combobox", name="To").fill("atl")
    await page.keyboard.press("Enter")

    await expect(card(page, "FF-1")).to_contain_text("needs you: issue_refund")
    review = card(page, "FF-1").get_by_role("link", name="Review issue_refund of FF-1")
    [approval] = (await by_api.get("/v1/approvals", params={"state": "pending"})).json()["data"]
    await expect(review).to_have_attribute("href", f"/approvals/{approval['id']}")
    await by_api.post(f"/v1/approvals/{approval['id']}/decision", json={"approved": True})

    await expect(column(page, "Review").locator("[data-card=FF-1]")).to_contain_text("handed in")
    await expect(card(page, "FF-1")).to_contain_text(re.compile(r"\$0\.\d+"))


async def test_a_board_of_many_cards_draws_few_narrows_down_by_its_address_and_rests(page: Page, by_api, witness):
    rows = [{"title": f"task {number}", "labels": ["data" if number % 5 else "money"]} for number in range(300)]
    assert (await by_api.post("/v1/boards/FF/import", json={"tasks": rows})).json()["created"] == 300
    await go(page, "/board")
    await card(page, "FF-1").wait_for()
    assert await page.locator("[data-card]").count() < 40

    await page.keyboard.press("/")
    await page.keyboard.type("task 299")
    await expect(page).to_have_url(re.compile("q=task"))
    await expect(page.locator("[data-card]")).to_have_count(2)  # one by its key
    await expect(card(page, "FF-300")).to_be_visible()
    await go(page, "/board?label=money")
    await expect(column(page, "Backlog")).to_contain_text("60 of 300")
    await page.get_by_role("button", name="money, take back").click()
    await expect(column(page, "Backlog")).not_to_contain_text("of 300")
    await at_rest(witness)
    assert await asked_while_idle(witness, 1.0) == []


async def test_a_task_is_changed_where_it_stands_talked_about_and_its_question_answered(page: Page, by_api):
    await make_agent(by_api, name="maya", tools=["ask_human"])
    await by_api.post("/v1/users", json={"name": "Mira Lund"})
    await make(by_api, "Which account", description="Pay **once**.", checklist=["ask", "pay"], assignee={"agent": "maya"})
    await go(page, "/board/FF-1")
    await expect(page.get_by_role("region", name="Needs you")).to_be_visible()

    await page.keyboard.press("e")
    await page.get_by_role("textbox", name="Title").fill("Which of the accounts")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Which of the accounts")).to_be_visible()
    await page.get_by_role("checkbox", name="ask").check()
    await page.keyboard.press("r")
    await page.keyboard.type("Please look, @lund")
    await page.keyboard.press("Enter")
    await page.keyboard.type("soon")
    await page.keyboard.press("Control+Enter")
    said = page.get_by_role("article", name="Comment by operator")
    await expect(said).to_contain_text('Please look, @"Mira Lund" soon')

    await page.get_by_role("textbox", name="Answer").fill("the new one")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="Needs you")).to_have_count(0)
    await expect(page.get_by_role("combobox", name="Column")).to_have_value("Review")
    task = (await by_api.get("/v1/tasks/FF-1")).json()
    assert (task["title"], task["checklist"][0]["done"], task["watchers"]) == ("Which of the accounts", True, ["Mira Lund"])


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_nothing_on_board_and_task_keeps_anybody_out(open_page: OpenPage, by_api, theme):
    await make_agent(by_api)
    page = await open_page(color_scheme=theme)
    await go(page, "/board")
    await page.get_by_role("button", name="Make a sample task").wait_for()
    assert await axe(page) == []
    await page.get_by_role("button", name="Make a sample task").click()
    await card(page, "FF-1").wait_for()
    await make(by_api, "Refund ORD-9218", description="Refund $420.", assignee={"agent": "atlas"}, priority="urgent", labels=["refund"])
    await expect(card(page, "FF-2")).to_contain_text("needs you")
    assert await axe(page) == []
    await go(page, "/board/FF-2?view=work")
    await expect(page.get_by_text("issue_refund").first).to_be_visible()
    assert await axe(page) == []
    await go(page, "/board/FF-1")
    await page.get_by_role("checkbox", name="Move this card").wait_for()
    assert await axe(page) == []


async def test_pictures_of_board_and_task(open_page: OpenPage, by_api):
    await make_agent(by_api)
    await make(by_api, "Refund ORD-9218", description="The parcel was lost. Refund $420.", assignee={"agent": "atlas"}, labels=["refund"])
    await make(by_api, "Write the release notes", column="Todo", checklist=["ask", "write"], priority="high")
    await photograph(open_page, "board", "/board", "[data-card] >> text=needs you")
    await photograph(open_page, "task", "/board/FF-1", "text=Needs you")
