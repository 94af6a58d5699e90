"""Versions: pinned runs wait for their code, others go on with what is there."""

from __future__ import annotations

import pytest

from flowforge import step
from flowforge.access.principal import Principal
from flowforge.errors import Conflict
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import read_triggers
from flowforge.orchestrator.version import move_run


def shop(version, pin):
    """The shop's code as it is at `version`, with one function that is pinned to its code and one that is not."""
    registry = Registry()

    async def pinned(ctx):
        await step.sleep("nap", "1h")
        return version

    async def loose(ctx):
        await step.sleep("nap", "1h")
        return version

    registry.function(trigger="go", id="pinned", version=pin)(pinned)
    registry.function(trigger="go", id="loose")(loose)
    return registry


@pytest.fixture
def operator(tenant_id):
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
async def deployed(engine):
    """Both runs sleep under v1, whose worker is gone; a worker with v2 is there. Their ids by function."""
    engine.registry = shop("code 1", "v1")
    first = await engine.worker()
    accepted = await engine.send("go")
    for run_id in accepted.run_ids:
        await engine.state(run_id, "sleeping")
    runs = {(await engine.run(run_id)).function: run_id for run_id in accepted.run_ids}
    await engine.stop(first)
    engine.registry = shop("code 2", "v2")
    await engine.worker()
    await engine.advance(3601)
    return runs


async def test_a_deploy_in_mid_run_takes_unpinned_runs_on_and_leaves_pinned_ones_to_their_version(engine, deployed):
    assert (await engine.end_of(deployed["loose"])).output == "code 2"
    waiting = await engine.state(deployed["pinned"], "queued")
    assert (waiting.version, waiting.reason) == ("v1", "waits for a worker with version v1 of pinned")
    assert await engine.fetchval("select fence from flowforge.owner where function_id = 'pinned'") == 1  # nobody even took it
    await engine.worker(registry=shop("code 1", "v1"))
    assert (await engine.end_of(deployed["pinned"])).output == "code 1"


async def test_one_registry_may_hold_several_versions_and_new_runs_take_the_last(engine, deployed):
    both = shop("code 1", "v1")
    for function in shop("code 2", "v2"):
        if function.version is not None:
            both.add(function)
    engine.registry = both
    await engine.worker()
    assert (await engine.end_of(deployed["pinned"])).output == "code 1"
    accepted = await engine.send("go")
    runs = [await engine.state(run_id, "sleeping") for run_id in accepted.run_ids]
    assert {run.function: run.version for run in runs} == {"pinned": "v2", "loose": None}


async def test_a_run_can_be_moved_to_another_version(engine, deployed, operator):
    await move_run(engine.database, operator, deployed["pinned"], "v2", bell=engine.workers[0].bell)
    ended = await engine.end_of(deployed["pinned"])
    assert ended.output == "code 2"
    assert await engine.fetchval("select detail from flowforge.audit where action = 'run.move'") == '{"version":"v2"}'
    with pytest.raises(Conflict):
        await move_run(engine.database, operator, deployed["pinned"], "v1")


async def test_children_are_pinned_like_other_runs(engine):
    @engine.function(id="child", version="v1")
    async def child(ctx):
        await step.sleep("nap", "1h")

    @engine.function(trigger="parent")
    async def parent(ctx):
        await step.invoke("child", child)

    await engine.worker()
    run_id = await engine.start("parent")
    await engine.state(run_id, "waiting")
    assert await engine.fetchval("select version from flowforge.owner where function_id = 'child'") == "v1"


async def test_built_in_functions_carry_their_version_as_a_label_only(engine):
    from flowforge.orchestrator.function import Function

    async def work(ctx):
        return 1

    engine.registry.add(Function("built.in", work, read_triggers("go"), version="9", builtin=True))
    run_id = await engine.start("go")
    assert await engine.fetchval("select version from flowforge.owner") is None
    assert (await engine.run(run_id)).version == "9"
