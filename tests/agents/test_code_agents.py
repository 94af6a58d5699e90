"""Agents out of code and YAML files: one definition, published by the worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import BaseModel

import flowforge
from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent, find_agent, update_agent
from flowforge.agents.agent_file import agents_of_project, read_agent_file, written
from flowforge.agents.code import AGENTS, publish_agents
from flowforge.agents.definition import AgentDefinition, AgentLimits
from flowforge.agents.pause import pause_agent
from flowforge.agents.revision import list_revisions, roll_back
from flowforge.db.database import Database
from flowforge.errors import ConfigurationError, Conflict, InvalidInput, RegistrationError
from flowforge.skills.tool import TOOLS

ATLAS = AgentDefinition(name="atlas", model="gpt-4o", instructions="Be brief.")


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    agents, tools = list(AGENTS), list(TOOLS)
    yield
    AGENTS.clear()
    TOOLS.clear()
    for agent in agents:
        AGENTS.add(agent)
    for tool in tools:
        TOOLS.add(tool)


@pytest.fixture
def mira(tenant_id: UUID) -> Principal:
    return Principal(tenant_id, "person", "mira")


class Verdict(BaseModel):
    fraud: bool


def test_an_agent_in_code_takes_functions_as_tools_and_a_type_as_output():
    @flowforge.tool(effect="read")
    def look_up(order: str) -> str:
        """Find."""
        return order

    atlas = flowforge.Agent(name="atlas", model="gpt-4o", tools=[look_up, "pay"], output=Verdict, budget="5.00/day", limits={"turns": 5})

    assert atlas.definition.tools == ("look_up", "pay")
    assert atlas.definition.output is not None and atlas.definition.output["required"] == ["fraud"]
    assert (atlas.definition.limits.turns, [one.definition.name for one in AGENTS]) == (5, ["atlas"])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "No Spaces"}, "name"),
        ({"colour": "red"}, "colour"),
        ({"tools": [print]}, "print is no tool"),
        ({"budget": "0/day"}, "pause"),
    ],
)
def test_what_cannot_be_an_agent_is_refused_where_it_stands(fields, said):
    with pytest.raises(RegistrationError, match=said):
        flowforge.Agent(**{"name": "atlas", "model": "gpt-4o", **fields})
    assert len(AGENTS) == 0


async def test_a_change_in_code_is_a_revision_by_the_code(database: Database, mira: Principal):
    assert await publish_agents(database, "shop/app.py", [ATLAS], tenant_id=mira.tenant_id) == ["atlas"]
    assert await publish_agents(database, "shop/app.py", [ATLAS], tenant_id=mira.tenant_id) == []
    changed = ATLAS.model_copy(update={"model": "o3"})
    assert await publish_agents(database, "shop/app.py", [changed], tenant_id=mira.tenant_id) == ["atlas"]

    revisions, _ = await list_revisions(database.pool, mira.tenant_id, "atlas")
    assert [(one.revision, one.made_by, one.definition.model) for one in revisions] == [
        (2, "code at shop/app.py", "o3"),
        (1, "code at shop/app.py", "gpt-4o"),
    ]


async def test_what_code_owns_is_paused_but_not_changed_over_the_api(database: Database, mira: Principal):
    await publish_agents(database, "shop/app.py", [ATLAS], tenant_id=mira.tenant_id)

    for act in (update_agent(database, mira, "atlas", {"model": "o3"}), roll_back(database, mira, "atlas", 1)):
        with pytest.raises(Conflict, match="code in shop/app") as refused:
            await act
        assert refused.value.hint is not None and "paused" in refused.value.hint
    assert (await pause_agent(database, mira, "atlas")).status == "paused"


async def test_an_agent_that_leaves_the_code_belongs_to_people_again(database: Database, mira: Principal):
    await publish_agents(database, "shop/app.py", [ATLAS], tenant_id=mira.tenant_id)
    await publish_agents(database, "shop/app.py", [], tenant_id=mira.tenant_id)

    assert (await find_agent(database.pool, mira.tenant_id, "atlas")).owned_by is None
    assert (await update_agent(database, mira, "atlas", {"model": "o3"})).model == "o3"


async def test_code_takes_over_what_people_made_but_not_what_other_code_owns(database: Database, mira: Principal):
    await create_agent(database, mira, ATLAS.model_copy(update={"model": "o3"}))

    await publish_agents(database, "shop/app.py", [ATLAS], tenant_id=mira.tenant_id)
    with pytest.raises(ConfigurationError, match="code in shop/app"):
        await publish_agents(database, "other/app.py", [ATLAS], tenant_id=mira.tenant_id)

    revisions, _ = await list_revisions(database.pool, mira.tenant_id, "atlas")
    assert [(one.note, one.definition.model) for one in revisions] == [("taken over by code", "gpt-4o"), (None, "o3")]


async def test_a_tool_that_nobody_has_stops_the_worker_with_a_sentence(database: Database, mira: Principal):
    with pytest.raises(ConfigurationError, match="no_such"):
        await publish_agents(database, "shop/app.py", [ATLAS.model_copy(update={"tools": ("no_such",)})], tenant_id=mira.tenant_id)


def test_yaml_is_read_with_the_fields_of_pydantic_ais_spec():
    [atlas] = read_agent_file(
        "name: atlas\nmodel: openai:gpt-4o\ndescription: Refunds.\ninstructions: [Be brief., Be kind.]\nretries: 3\n"
        "model_settings: {temperature: 0.2}\noutput_schema: {type: object}\n"
    )
    assert (atlas.model, atlas.instructions, atlas.retries) == ("openai/gpt-4o", "Be brief.\n\nBe kind.", 3)
    assert (atlas.output, dict(atlas.model_settings)) == ({"type": "object"}, {"temperature": 0.2})


@pytest.mark.parametrize("text", ["agents:\n- {name: a, model: m}\n- {name: b, model: m}\n", "name: a\nmodel: m\n---\nname: b\nmodel: m\n"])
def test_a_file_may_hold_several(text: str):
    assert [one.name for one in read_agent_file(text)] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "describes no agent"),
        ("name: [", "no valid YAML, line"),
        ("- 5", "written as fields"),
        ("name: atlas", "model"),
        ("name: atlas\nmodel: m\ncapabilities: [x]", "no field 'capabilities'"),
        ("name: atlas\nmodel: m\nmodle: n", "no field 'modle'"),
        ("name: atlas\nmodel: m\nconcurrency: 0", "concurrency"),
        ("agents: [{name: a, model: m}, {name: a, model: m}]", "two agents are named"),
        ("name: atlas\nmodel: m\n2024-99-99: x", "atlas.yaml"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_name(text: str, said: str):
    with pytest.raises(InvalidInput, match=said) as refused:
        read_agent_file(text, "atlas.yaml")
    assert "atlas.yaml" in str(refused.value)


def test_what_is_written_is_read_back_the_same():
    definition = AgentDefinition(
        name="atlas", model="openai/gpt-4o", instructions="Be brief.\nBe *kind*: 1.", tools=("a",), approval={"a": True},
        limits=AgentLimits(turns=5, wall_time="2h"), output={"type": "object"}, budget="5.00/day",
    )  # fmt: skip

    text = written(definition.model_dump(mode="json"))

    assert read_agent_file(text) == [definition]
    assert "done_column" not in text and "instructions: |-" in text


def test_a_projects_files_are_read_together(tmp_path: Path):
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents.yaml").write_text("name: a\nmodel: m\n")
    (tmp_path / "agents" / "b.yml").write_text("name: b\nmodel: m\n")
    assert [one.name for one in agents_of_project(tmp_path)] == ["a", "b"]

    (tmp_path / "agents" / "c.yaml").write_text("name: a\nmodel: m\n")
    with pytest.raises(InvalidInput, match="two files describe agent 'a'"):
        agents_of_project(tmp_path)
