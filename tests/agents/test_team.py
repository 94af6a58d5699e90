"""Teams: a card for the team is its lead's, who knows the members and gives them work."""

from __future__ import annotations

import pytest

import flowforge
from flowforge.agents.team import create_team, delete_team, get_team, list_team_revisions, list_teams, roll_back_team, update_team
from flowforge.agents.team_code import publish_teams
from flowforge.agents.team_definition import TeamDefinition, read_team
from flowforge.board.assignee import AssigneeName
from flowforge.board.creation import NewTask, create_task
from flowforge.errors import ConfigurationError, Conflict, InvalidInput, NotFound, RegistrationError
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

SUPPORT = TeamDefinition(name="support", lead="atlas", members=("maya", "zoe"), instructions="Research is maya's.")


@pytest.fixture
async def crew(shop) -> None:
    await shop.hire("atlas", tools=())
    await shop.hire("maya", tools=(), description="Finds things out.")
    await shop.hire("zoe", tools=())


async def test_a_card_for_the_team_is_its_leads_who_is_told_of_the_members(shop, crew, provider: ScriptedProvider):
    def script(asked: Asked) -> Reply:
        if "delegate" not in asked.tool_names:
            return Reply(text="ORD-1 is lost.")
        result = asked.result_of("delegate")
        return Reply(text="Done.") if result else Reply(tool_calls=(ToolCall("delegate", {"to": "maya", "title": "Look"}),))

    provider.answer_with(script)
    await create_team(shop.database, shop.mira, SUPPORT)
    task = await create_task(shop.database, shop.mira, NewTask("Refund", assignee=AssigneeName("team", "support")), bell=shop.bell)
    async with shop.worker():
        run = await shop.ended(task.key)

    assert (task.assignee.name, run.output["result"]) == ("atlas", "Done.")
    told = provider.requests[0].body["messages"][0]["content"]
    assert "- maya: Finds things out." in told and "- zoe" in told and "Research is maya's." in told
    assert (await shop.task("FF-2")).assignee.name == "maya"


@pytest.mark.thorough
async def test_the_limits_of_the_team_hold_for_its_lead(shop, crew, provider: ScriptedProvider):
    def script(asked: Asked) -> Reply:
        said = [turn.text for turn in asked.messages if turn.role == "tool"]
        if "delegate" not in asked.tool_names or len(said) == 2:
            return Reply(text=said[-1] if said else "ok")
        return Reply(tool_calls=(ToolCall("delegate", {"to": "maya", "title": f"Part {len(said)}"}),))

    provider.answer_with(script)
    await create_team(shop.database, shop.mira, read_team({**SUPPORT.model_dump(), "limits": {"cards_by_run": 1}}))
    key = await shop.give("Refund")
    async with shop.worker():
        run = await shop.ended(key)

    assert "you have made 1 cards in this run" in run.output["result"]


async def test_every_change_is_a_revision_and_can_be_rolled_back(shop, crew):
    made = await create_team(shop.database, shop.mira, SUPPORT)
    changed = await update_team(shop.database, shop.mira, "support", {"members": ["zoe"]}, if_revision=1)
    same = await update_team(shop.database, shop.mira, made.id, {"members": ["zoe"]})
    back = await roll_back_team(shop.database, shop.mira, "support", 1)

    assert (made.revision, changed.revision, same.revision, back.revision) == (1, 2, 2, 3)
    assert back.definition == SUPPORT
    revisions = await list_team_revisions(shop.database, shop.mira.tenant_id, "support")
    assert [(one.revision, one.definition.members, one.created_by) for one in revisions] == [
        (3, ("maya", "zoe"), "mira"), (2, ("zoe",), "mira"), (1, ("maya", "zoe"), "mira")
    ]  # fmt: skip
    with pytest.raises(Conflict, match="at revision 3, not 1"):
        await update_team(shop.database, shop.mira, "support", {"lead": "zoe"}, if_revision=1)
    with pytest.raises(NotFound):
        await roll_back_team(shop.database, shop.mira, "support", 7)
    acts = await shop.database.pool.fetch("select action from flowforge.audit where action like 'team.%'")
    assert [row["action"] for row in acts] == ["team.create", "team.update", "team.update"]


async def test_a_team_that_is_taken_away_is_gone_and_its_agents_are_not(shop, crew):
    await create_team(shop.database, shop.mira, SUPPORT)
    assert [team.status for team in (await list_teams(shop.database, shop.mira.tenant_id)).data] == ["idle"]
    await delete_team(shop.database, shop.mira, "support")
    with pytest.raises(NotFound):
        await get_team(shop.database, shop.mira.tenant_id, "support")
    assert (await shop.agent("maya")).name == "maya"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "s", "lead": "atlas", "members": []}, "/members"),
        ({"name": "s", "lead": "atlas", "members": ["maya", "maya"]}, "/members/1"),
        ({"name": "s", "lead": "atlas", "members": ["atlas"]}, "/members/0"),
        ({"name": "S S", "lead": "atlas", "members": ["maya"]}, "/name"),
        ({"name": "s", "lead": "atlas", "members": ["maya"], "limits": {"depth": 9}}, "/limits/depth"),
        ({"name": "s", "lead": "a\x00", "members": ["maya"]}, "/lead"),
    ],
    ids=["nobody", "twice", "the lead", "name", "too deep", "unstorable"],
)
def test_what_is_no_team_is_refused_with_a_pointer(body, pointer):
    with pytest.raises(InvalidInput) as refused:
        read_team(body)
    assert refused.value.pointer == pointer


async def test_a_lead_or_member_that_is_no_agent_is_named_with_the_nearest(shop, crew):
    with pytest.raises(InvalidInput, match="maya") as refused:
        await create_team(shop.database, shop.mira, SUPPORT.model_copy(update={"members": ("zoe", "maia")}))
    assert refused.value.pointer == "/members/1"


async def test_a_team_in_code_is_made_at_the_workers_start_and_changed_when_its_code_is(shop, crew):
    first, second = read_team(SUPPORT.model_dump()), SUPPORT.model_copy(update={"members": ("zoe",)})
    assert await publish_teams(shop.database, "shop", [first]) == ["support"]
    assert await publish_teams(shop.database, "shop", [first]) == []
    assert await publish_teams(shop.database, "shop", [second]) == ["support"]
    assert (await get_team(shop.database, shop.mira.tenant_id, "support")).definition.members == ("zoe",)
    with pytest.raises(ConfigurationError, match="nobody"):
        await publish_teams(shop.database, "shop", [SUPPORT.model_copy(update={"lead": "nobody"})])


def test_a_team_that_cannot_be_one_is_refused_where_it_is_written():
    with pytest.raises(RegistrationError, match="atlas leads the team"):
        flowforge.Team(name="support", lead="atlas", members=["atlas"])
