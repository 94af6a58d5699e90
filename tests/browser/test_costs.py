"""Costs in a browser: the sum of what runs cost, to the last digit; prices and budgets, set by whoever sees that they are missing."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.looking import THEMES, OpenPage, asked_while_idle, at_rest, axe, go, photograph

PRICED, UNPRICED = "gpt-4o", "openai/nobody-knows"


async def make_agent(by_api: httpx.AsyncClient, name: str, model: str) -> None:
    body = {"name": name, "model": model, "instructions": "Say what you know.", "tools": ["lookup_order"]}
    assert (await by_api.post("/v1/agents", json=body)).status_code == 201


async def work(by_api: httpx.AsyncClient, agent: str) -> str:
    """Give an agent a task and wait until it has handed it in; the id of its run."""
    body = {"title": "Look ORD-9218 up", "assignee": {"agent": agent}}
    key = (await by_api.post("/v1/tasks", json=body)).json()["key"]
    frames: dict = {"after": 0, "data": []}
    while not any(frame["event"] == "task.moved" and frame["data"].get("to") == "Review" for frame in frames["data"]):
        frames = (await by_api.get(f"/v1/tasks/{key}/frames", params={"after": frames["after"], "wait": 20})).json()
    run = (await by_api.get(f"/v1/tasks/{key}")).json()["run"]
    over: dict = {"over": False, "after": 0}
    while not over["over"]:
        over = (await by_api.get(f"/v1/runs/{run}/frames", params={"after": over["after"], "wait": 20})).json()
    return str(run)


async def sum_of_runs(by_api: httpx.AsyncClient) -> Decimal:
    runs = (await by_api.get("/v1/runs")).json()["data"]
    return sum((Decimal(run["cost"] or 0) for run in runs), Decimal(0))


def amount(page: Page):
    return page.get_by_role("region", name="Costs, last 7 days").locator("span[title^='$']").first


async def test_the_number_is_the_sum_of_the_runs_and_grows_while_it_is_looked_at(page: Page, by_api, witness):
    await make_agent(by_api, "atlas", PRICED)
    run = await work(by_api, "atlas")
    cost = (await by_api.get(f"/v1/runs/{run}")).json()["cost"]

    await go(page, "/costs")
    await expect(amount(page)).to_have_attribute("title", f"${cost}")
    await expect(page.get_by_text("nothing in the week before to compare with")).to_be_visible()
    await at_rest(witness)
    assert await asked_while_idle(witness, 1.5) == []

    await work(by_api, "atlas")
    both = await sum_of_runs(by_api)
    await expect(amount(page)).to_have_attribute("title", f"${both}")
    table = page.get_by_role("table", name="Costs by model")
    await expect(table.get_by_role("row").filter(has_text=PRICED)).to_contain_text("100 %")

    await page.get_by_role("slider", name="Day").focus()
    await expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile(r": \$.*, \d+ calls$"))
    await page.keyboard.press("Home")
    await expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile(r": \$0\.00, 0 calls$"))
    await page.keyboard.press("2")
    await page.wait_for_url("**/costs?by=agent")
    await page.get_by_role("table", name="Costs by agent").get_by_role("link", name="atlas", exact=True).click()
    await page.wait_for_url("**/agents/atlas?view=costs")


async def test_calls_without_a_price_are_told_loudly_until_somebody_sets_one(page: Page, by_api, witness):
    await make_agent(by_api, "kepler", UNPRICED)
    await work(by_api, "kepler")
    await go(page, "/costs")
    gaps = page.get_by_role("list", name="What the sum does not say")
    await expect(gaps).to_contain_text(re.compile(rf"\d calls of {UNPRICED} have no price: they are not in the sum\."))

    await gaps.get_by_role("link", name="Set a price").click()
    dialog = page.get_by_role("dialog", name=f"Price of {UNPRICED}")
    await expect(dialog).to_contain_text("Nobody says what this model costs")
    await expect(dialog.get_by_role("textbox", name="Input", exact=True)).to_be_focused()
    witness.expect(rf"status of 422 .*/v1/prices/{quote(UNPRICED, safe='')}\)$")  # the browser's own words on a price that is none
    await page.keyboard.type("a little")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text("is no price")).to_be_visible()
    await dialog.get_by_role("textbox", name="Input", exact=True).fill("0.15")
    await dialog.get_by_role("textbox", name="Output").fill("0.60")
    await page.keyboard.press("Enter")

    await expect(gaps).to_contain_text("It has one now, for calls from then on.")
    await go(page, "/costs?view=prices")
    await expect(page.get_by_role("row").filter(has_text=UNPRICED)).to_contain_text(re.compile(r"set here.*\$0\.15.*\$0\.60"))


async def test_a_budget_is_made_and_raised_by_keyboard_and_fills_while_it_is_looked_at(page: Page, by_api):
    await make_agent(by_api, "atlas", PRICED)
    await go(page, "/costs?view=budgets")
    await page.get_by_text("Nothing limits what is spent").wait_for()
    await page.keyboard.press("c")
    await expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    await page.keyboard.type("calls")
    await page.get_by_label("In", exact=True).select_option("calls")
    await page.get_by_label("Beyond it").select_option("ask")
    await page.get_by_role("textbox", name="How many calls").fill("3")
    await page.keyboard.press("Enter")
    card = page.get_by_role("listitem").filter(has_text="calls wait until a person raises it")
    await expect(card).to_contain_text("0 calls of 3 calls")

    await work(by_api, "atlas")
    await expect(card).to_contain_text("2 calls of 3 calls")
    await card.get_by_role("button", name="Acts on calls").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="By how many calls")).to_be_focused()
    await page.keyboard.type("10")
    await page.keyboard.press("Enter")
    await expect(card).to_contain_text("2 calls of 3 calls + 10 calls raised")
    assert (await by_api.get("/v1/budgets/calls")).json()["raised"] == "10"


@pytest.mark.parametrize("theme", THEMES)
async def test_costs_are_for_everybody(open_page: OpenPage, by_api, theme: str):
    await make_agent(by_api, "atlas", PRICED)
    page = await open_page(color_scheme=theme)
    await go(page, "/costs")
    await page.get_by_text("No model was called yet").wait_for()
    assert await axe(page) == []

    await work(by_api, "atlas")
    await by_api.post("/v1/budgets", json={"name": "each", "scope": "agent", "period": "day", "amount": "1"})
    await work(by_api, "atlas")
    assert (await by_api.patch("/v1/budgets/each", json={"amount": "0.0001"})).status_code == 200  # less than is used of it
    await by_api.put("/v1/model_limits/gpt-4o", json={"tokens_per_minute": 450_000_000})
    for path, ready in (
        ("/costs", "table"),
        ("/costs?view=budgets&budget=each", "ul[aria-label='Who uses each']"),
        ("/costs?view=prices", "table"),
        ("/costs?view=limits", "table"),
        ("/costs?price=gpt-4o", "form"),
    ):
        await go(page, path)
        await page.locator(ready if ready != "table" else "[role=table]").first.wait_for()
        assert await axe(page) == [], path


async def test_costs_look_as_they_should(open_page: OpenPage, by_api):
    await make_agent(by_api, "atlas", PRICED)
    await work(by_api, "atlas")
    assert len(await photograph(open_page, "costs", "/costs", "[role=table]")) == 6
