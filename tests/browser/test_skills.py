"""Skills and tools: what agents are taught, and what they can do."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.looking import THEMES, axe, go

SKILL = "---\nname: refunds\ndescription: How we pay back.\ntools: [lookup_order]\n---\n# Refunds\n\nLook the order up first.\n"
TOOL = {
    "name": "get_order",
    "description": "Look up an order by its number.",
    "effect": "read",
    "url": "https://api.example.com/orders/{order}",
    "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
}


async def test_a_skill_is_written_changed_and_its_versions_compared(page):
    await go(page, "/skills")
    await page.get_by_role("button", name="New skill").click()
    await page.get_by_label("SKILL.md").fill("---\nname: Refund Orders\ndescription: x\n---\n")
    await expect(page.get_by_text("A name is made of lower-case letters")).to_be_visible()
    await page.get_by_label("SKILL.md").fill(SKILL)
    await page.get_by_role("button", name="Add the skill").click()
    await expect(page.get_by_role("heading", name="refunds")).to_be_visible()
    await expect(page.get_by_text("Look the order up first.")).to_be_visible()

    await page.get_by_role("button", name="New version").click()
    await page.get_by_label("SKILL.md").fill(SKILL + "\nNever pay twice.\n")
    await page.get_by_role("button", name="Add the version").click()
    await expect(page.get_by_text("Never pay twice.")).to_be_visible()
    await page.get_by_role("link", name="Versions").click()
    await page.get_by_role("link", name="What changed from version 1 to 2").click()
    await expect(page.get_by_role("row", name=re.compile("added Never pay twice"))).to_be_visible()


async def test_a_skill_goes_out_as_an_archive_and_comes_in_again(page, by_api, tmp_path):
    await by_api.post("/v1/skills", json={"files": {"SKILL.md": SKILL, "references/limits.md": "Up to 300 dollars.\n"}})
    await go(page, "/skills/refunds?view=files")
    await page.get_by_role("link", name="limits.md").click()
    await expect(page.get_by_text("Up to 300 dollars.")).to_be_visible()
    exported = await by_api.get(await page.get_by_role("link", name="Export").get_attribute("href"))
    archive = tmp_path / "refunds-1.zip"
    archive.write_bytes(exported.content)
    await by_api.delete("/v1/skills/refunds")

    await go(page, "/skills?new=upload")
    await page.get_by_label("Archive").set_input_files(archive)
    await page.get_by_role("button", name="Add the skill").click()
    await expect(page.get_by_role("heading", name="refunds")).to_be_visible()


async def test_a_tool_is_described_called_once_and_deleted(page):
    await go(page, "/tools?new=http")
    await page.get_by_label("Name", exact=True).fill("get_order")
    await page.get_by_role("button", name="Add the tool").click()
    await expect(page.get_by_label("Description")).to_be_focused()  # models choose by it
    await page.get_by_label("Description").fill("Look up an order.")
    await page.get_by_label("Address").fill("https://api.example.com/orders/{order}")
    await page.get_by_role("button", name="Add the tool").click()
    await expect(page.get_by_role("heading", name="get_order")).to_be_visible()
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Delete…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("heading", name="Tools")).to_be_visible()

    await page.get_by_role("link", name="lookup_order").click()
    await page.get_by_role("button", name="Call it once").click()
    await page.get_by_label("order_id").fill("ORD-9218")
    await page.get_by_role("button", name="Call it").click()
    await expect(page.get_by_label("Result", exact=True)).to_contain_text("Ada Reyes")


async def test_what_an_openapi_document_comes_to_is_shown_before_it_is_done(page):
    await go(page, "/tools?new=openapi")
    await page.get_by_label("Name of the source").fill("shop")
    await page.get_by_label("Or the document itself").fill(
        '{"openapi": "3.1.0", "info": {"title": "The shop", "version": "1"}, "servers": [{"url": "https://api.example.com"}],'
        ' "paths": {"/refunds": {"post": {"operationId": "payBack", "summary": "Pay back."}}}}'
    )
    await page.get_by_role("button", name="Show what it comes to").click()
    await page.get_by_label("Effect of payBack").select_option("money")
    await page.get_by_role("button", name="Do it").click()

    await page.get_by_role("link", name="payBack").click()
    await expect(page.get_by_text("money: it moves money")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_on_skills_and_tools(open_page, by_api, theme):
    await by_api.post("/v1/skills", json={"files": {"SKILL.md": SKILL}})
    await by_api.post("/v1/tools", json=TOOL)
    await by_api.post("/v1/mcp_servers", json={"name": "tracker", "transport": {"kind": "http", "url": "https://mcp.example.com/mcp"}})
    page = await open_page(color_scheme=theme, reduced_motion="reduce")

    for path, ready in (
        ("/skills", "How we pay back."),
        ("/skills?new=write", "Add a file"),
        ("/skills/refunds", "Look the order up first."),
        ("/skills/refunds?view=files", "As it is written"),
        ("/tools", "get_order"),
        ("/tools?tool=get_order", "The call"),
        ("/tools?new=http", "Body, headers"),
        ("/tools?view=servers&server=tracker", "What it offers"),
        ("/tools?view=web", "Who searches for them"),
    ):
        await go(page, path)
        await page.get_by_text(ready).first.wait_for()
        assert await axe(page) == [], path
