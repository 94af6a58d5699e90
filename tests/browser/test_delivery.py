"""That the built dashboard comes to a browser: at its address, under its policy, without a word of complaint."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page

from tests.browser.looking import at_rest, axe, go, photograph

STARTED = "#root > *"


async def test_the_first_page_is_rendered_under_the_strict_policy(page: Page, witness):
    answer = await go(page, "/")

    await page.locator(STARTED).first.wait_for()
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} <= set(policy)
    assert not any("unsafe" in part for part in policy)
    await at_rest(witness)
    fetched = [one for one in witness.requests if "/assets/" in one]
    assert fetched and not any("MarkdownTree" in one for one in fetched), "what reads Markdown is fetched where there is none"


@pytest.mark.parametrize("path", ["/runs/8241a2f7", "/board/FF-14", "/events?name=order/*"])
async def test_a_link_into_the_dashboard_opens_it_there(page: Page, witness, path):
    witness.expect("status of 404")  # neither that run nor that task is there
    await go(page, path)

    await page.locator(STARTED).first.wait_for()
    assert page.url.endswith(path)


async def test_a_script_that_somebody_slips_into_a_page_is_not_run(page: Page, witness):
    witness.expect("Content Security Policy")
    await go(page, "/")
    await page.locator(STARTED).first.wait_for()

    await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"window.caught = 1\">')")
    await page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.caught = 2'}))")

    assert await page.evaluate("window.caught") is None
    assert witness.complaints


async def test_the_witness_tells_what_a_page_complains_of(page: Page, witness):
    await go(page, "/")
    await page.evaluate(
        "console.error('alas'); fetch('http://elsewhere.example/').catch(() => {}); setTimeout(() => { throw Error('oh') })"
    )

    async with asyncio.timeout(10):
        while len(witness.faults) < 4:
            await asyncio.sleep(0.02)
    told = "\n".join(witness.faults)
    assert "error: alas" in told and "elsewhere.example" in told and "uncaught: oh" in told
    witness.expect("")


async def test_axe_finds_what_is_wrong(page: Page):
    await go(page, "/")
    await page.evaluate("document.body.append(document.createElement('button'))")

    assert any(found.startswith("button-name (critical)") for found in await axe(page))


async def test_pictures_are_taken_in_both_themes_and_three_widths(open_page):
    taken = await photograph(open_page, "first", "/", STARTED)

    assert len(taken) == 6 and all(path.stat().st_size > 1000 for path in taken)


async def test_what_is_done_by_the_api_happens_in_the_tenant_of_the_test(by_api, page: Page, tenant):
    made = await by_api.post("/v1/tasks", json={"title": "Refund ORD-9218"})
    assert made.status_code == 201, made.text

    seen = await (await page.request.get("/v1/tasks", headers={"X-FlowForge-Tenant": tenant})).json()
    assert [task["title"] for task in seen["data"]] == ["Refund ORD-9218"]


async def test_a_killed_server_comes_back_where_it_was(own_forge, open_page):
    page, address = await open_page(base_url=own_forge.url), own_forge.url
    await own_forge.kill()
    await own_forge.start()

    await go(page, "/")
    await page.locator(STARTED).first.wait_for()
    assert own_forge.url == address


async def test_an_event_of_the_tests_own_tenant_starts_a_run(by_api):
    sent = await by_api.post("/v1/events", json={"name": "order/created", "data": {"order_id": "ORD-1"}})
    [run] = sent.json()["data"][0]["runs"]

    async with asyncio.timeout(20):
        while (await by_api.get(f"/v1/runs/{run}")).json()["state"] != "completed":
            await asyncio.sleep(0.05)
