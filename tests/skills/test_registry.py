"""A tenant's own skills: versions, labels, what a name means, and what may be deleted when."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.access.tenant import find_or_create_tenant
from flowforge.agents.agent import create_agent, update_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.audit.log import read
from flowforge.db.database import Database
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.skills.publish import publish
from flowforge.skills.registry import (
    add_version,
    delete_skill,
    deprecate,
    find_version,
    find_versions,
    list_skills,
    list_users,
    list_versions,
    load_file,
    load_tree,
)
from flowforge.skills.skill import Skill, skill_of
from flowforge.skills.use import choose_versions, note_load
from flowforge.skills.version import SkillVersion, WantedSkill

HERE = {"kind": "folder"}


def refunds(text: str = "Look first.", **files: bytes) -> Skill:
    front = b"---\nname: refunds\ndescription: How we pay back.\n---\n"
    return skill_of({"SKILL.md": front + text.encode(), **{name.replace("__", "/"): data for name, data in files.items()}})


@pytest.fixture
def add(database: Database, mira: Principal):
    async def added(skill: Skill, **options) -> SkillVersion:
        return (await add_version(database, mira, skill, HERE, **options))[0]

    return added


async def test_the_same_files_are_the_same_version_and_others_the_next(database: Database, mira: Principal):
    first, new = await add_version(database, mira, refunds(law=b"1"), HERE)
    again, new_again = await add_version(database, mira, refunds(law=b"1"), {"kind": "archive"})
    second, _ = await add_version(database, mira, refunds(law=b"2"), HERE)

    assert (first.title, new, again, new_again) == ("refunds@1", True, first, False)
    assert (second.number, second.layer, second.created_by, second.vouched) == (2, "tenant", "mira", True)
    assert await load_tree(database.pool, mira.tenant_id, first) == refunds(law=b"1").files
    assert await load_file(database.pool, mira.tenant_id, second, "law") == b"2"
    entries = await read(database.pool, mira.tenant_id)
    assert [(entry.action, entry.target, entry.detail["version"]) for entry in entries] == [
        ("skill.add", "refunds", 1),
        ("skill.add", "refunds", 2),
    ]


@pytest.mark.thorough
async def test_ten_people_who_add_at_once_get_ten_numbers_and_the_same_files_one(database: Database, mira: Principal):
    skills = [refunds(f"Text {number % 10}.") for number in range(20)]
    added = await asyncio.gather(*(add_version(database, mira, skill, HERE) for skill in skills))

    assert sorted({version.number for version, _ in added}) == list(range(1, 11))
    assert sum(new for _, new in added) == 10
    for (version, _), skill in zip(added, skills, strict=True):
        assert await load_tree(database.pool, mira.tenant_id, version) == skill.files


async def test_a_name_means_the_newest_a_number_or_a_label_one(database: Database, tenant_id: UUID, add):
    await add(refunds("One."), label="stable")
    await add(refunds("Two."))

    async def number(text: str) -> int:
        return (await find_version(database.pool, tenant_id, text)).number

    assert [await number(text) for text in ("refunds", "refunds@1", "refunds@2", "refunds@stable")] == [2, 1, 2, 1]
    await add(refunds("Two."), label="stable")
    assert await number("refunds@stable") == 2
    assert (await find_version(database.pool, tenant_id, "refunds@1")).label is None


async def test_a_deprecated_version_is_left_for_the_one_before_it_but_stays_where_it_is_pinned(database, tenant_id, mira, add):
    await add(refunds("One."))
    await add(refunds("Two."))

    found = await deprecate(database, mira, "refunds@2", "It pays twice.")
    assert (found.number, found.deprecation) == (2, "It pays twice.")
    assert (await find_version(database.pool, tenant_id, "refunds")).number == 1
    assert (await find_version(database.pool, tenant_id, "refunds@2")).deprecated_at is not None
    await deprecate(database, mira, "refunds", None)
    assert (await find_version(database.pool, tenant_id, "refunds")).number == 2  # the newest, where all are
    await deprecate(database, mira, "refunds", None, deprecated=False)
    assert (await find_version(database.pool, tenant_id, "refunds")).deprecated_at is None
    assert [entry.action for entry in await read(database.pool, tenant_id)][2:] == [
        "skill.deprecate",
        "skill.deprecate",
        "skill.undeprecate",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("refnds", "no skill 'refnds'; did you mean refunds"),
        ("refunds@9", "no version of a skill 'refunds@9'; did you mean refunds@1"),
        ("refunds@stabel", "did you mean refunds@stable"),
    ],
)
async def test_what_is_not_there_is_answered_with_the_nearest_names(database, tenant_id, add, text: str, sentence: str):
    await add(refunds(), label="stable")

    with pytest.raises(NotFound, match=sentence):
        await find_version(database.pool, tenant_id, text)


@pytest.mark.parametrize("text", ["", "Refunds", "a@", "a@0", "a@1.5", "a b", "a@99999999999", "a" * 65, "a@-x", "../a"])
def test_what_names_no_skill_is_refused(text: str):
    with pytest.raises(InvalidInput, match="names no skill"):
        WantedSkill.read(text)


@pytest.mark.parametrize("label", ["", "1st", "Stable", "a b", "x" * 33])
async def test_a_label_that_could_be_taken_for_a_number_is_refused(add, label: str):
    with pytest.raises(InvalidInput, match="cannot be a label"):
        await add(refunds(), label=label)


async def test_a_tenants_own_skill_hides_the_published_one_and_only_for_that_tenant(database, tenant_id, mira, add):
    await publish(database.pool, "shop", [], [Skill("refunds", "Theirs.", "Theirs."), Skill("other", "d", "i")])
    elsewhere = (await find_or_create_tenant(database.pool, "globex")).tenant_id
    await add(refunds("Ours."))
    await add(refunds("Ours, better."))

    listed, _ = await list_skills(database.pool, tenant_id)
    assert [(one.version.title, one.version.layer, one.versions, one.hidden) for one in listed] == [
        ("other@1", "deployment", 1, False),
        ("refunds@2", "tenant", 2, True),
    ]
    assert [one.version.title for one in (await list_skills(database.pool, elsewhere))[0]] == ["other@1", "refunds@1"]
    assert (await find_version(database.pool, elsewhere, "refunds")).description == "Theirs."
    await delete_skill(database, mira, "refunds")
    assert (await find_version(database.pool, tenant_id, "refunds")).layer == "deployment"
    with pytest.raises(Conflict, match="published by workers"):
        await delete_skill(database, mira, "refunds")


async def test_pages_of_skills_and_of_versions_have_each_once(database, tenant_id, mira, add):
    for letter in "abcde":
        await add(Skill(letter, "d", "i"))
    for number in range(5):
        await add(refunds(f"{number}"))

    names, cursor = [], None
    while True:
        found, cursor = await list_skills(database.pool, tenant_id, 2, cursor)
        names += [one.version.name for one in found]
        if cursor is None:
            break
    assert names == ["a", "b", "c", "d", "e", "refunds"]
    newest, before = await list_versions(database.pool, tenant_id, "refunds", 3)
    rest, end = await list_versions(database.pool, tenant_id, "refunds", 3, before)
    assert ([one.number for one in (*newest, *rest)], end) == ([5, 4, 3, 2, 1], None)


async def test_a_skill_is_not_deleted_while_an_agent_has_it(database, mira, add):
    await add(refunds("One."))
    await add(refunds("Two."))
    atlas = await create_agent(database, mira, AgentDefinition(name="atlas", model="gpt-4o", skills=("refunds@1",)))

    for text in ("refunds", "refunds@1"):
        with pytest.raises(Conflict, match="the skill is one of atlas"):
            await delete_skill(database, mira, text)
    await delete_skill(database, mira, "refunds@2")
    with pytest.raises(NotFound):
        await find_version(database.pool, mira.tenant_id, "refunds@2")
    assert (await list_users(database.pool, mira.tenant_id, "refunds"))[0][0].number == 1
    await update_agent(database, mira, atlas.name, {"skills": None})
    await delete_skill(database, mira, "refunds")
    assert await database.pool.fetchval("select count(*) from flowforge.skill_file") == 0


async def test_the_last_version_is_not_deleted_from_under_an_agent_that_wants_the_newest(database, mira, add):
    await add(refunds("One."))
    await add(refunds("Two."))
    await create_agent(database, mira, AgentDefinition(name="atlas", model="gpt-4o", skills=("refunds",)))

    await delete_skill(database, mira, "refunds@2")
    with pytest.raises(Conflict, match="the skill is one of atlas"):
        await delete_skill(database, mira, "refunds@1")


async def test_a_number_is_not_given_again_after_its_version_was_deleted(database, mira, add):
    await add(refunds("One."))
    await delete_skill(database, mira, "refunds")

    assert (await add(refunds("Two."))).number == 2
    assert (await add(refunds("One."))).number == 3


async def test_files_that_versions_share_stay_until_the_last_of_them_is_gone(database, mira, add):
    await add(refunds("One.", law=b"shared", old=b"old"))
    second = await add(refunds("Two.", law=b"shared"))
    await delete_skill(database, mira, "refunds@1")

    assert (await load_tree(database.pool, mira.tenant_id, second))["law"] == b"shared"
    assert await database.pool.fetchval("select count(*) from flowforge.skill_file") == 2


async def test_a_version_that_an_open_run_began_with_is_not_deleted(database, mira, add, open_run):
    await add(refunds("One."))
    run_id = await open_run()
    (chosen,) = await choose_versions(database, mira.tenant_id, run_id, None, ["refunds"])
    await add(refunds("Two."))

    assert chosen.number == 1
    for text in ("refunds@1", "refunds"):
        with pytest.raises(Conflict, match="1 run that began with the skill has not ended"):
            await delete_skill(database, mira, text)
    await database.pool.execute("delete from flowforge.owner where run_id = $1", run_id)
    await delete_skill(database, mira, "refunds@1")


async def test_who_deletes_a_skill_waits_for_a_run_that_is_about_to_begin_with_it(database, mira, add, open_run, monkeypatch):
    await add(refunds())
    run_id = await open_run()
    chosen, go_on = asyncio.Event(), asyncio.Event()

    async def find_slowly(*given):
        found = await find_versions(*given)
        chosen.set()
        await go_on.wait()
        return found

    monkeypatch.setattr("flowforge.skills.use.find_versions", find_slowly)
    beginning = asyncio.create_task(choose_versions(database, mira.tenant_id, run_id, None, ["refunds"]))
    async with asyncio.timeout(10):
        await chosen.wait()
        deleting = asyncio.create_task(delete_skill(database, mira, "refunds"))
        while not await database.pool.fetchval("select exists (select from pg_locks where not granted)"):
            assert not deleting.done()
            await asyncio.sleep(0.005)
        go_on.set()
        await beginning
        with pytest.raises(Conflict, match="has not ended"):
            await deleting


async def test_a_run_that_would_begin_while_a_skill_is_deleted_is_told_that_it_is_gone(database, mira, add, open_run):
    await add(refunds())
    run_id = await open_run()
    async with database.pool.acquire() as holding, holding.transaction():
        await holding.execute("select from flowforge.registered_skill for update")
        beginning = asyncio.create_task(choose_versions(database, mira.tenant_id, run_id, None, ["refunds"]))
        async with asyncio.timeout(10):
            while not await database.pool.fetchval("select exists (select from pg_locks where not granted)"):
                await asyncio.sleep(0.005)
        await holding.execute("delete from flowforge.skill_version")
    with pytest.raises(NotFound):
        await beginning


async def test_a_run_has_one_version_of_a_skill_however_often_it_is_named(database, mira, add, open_run):
    await add(refunds("One."))
    await add(refunds("Two."))
    run_id = await open_run()

    for _ in range(2):  # the second time as after a crash
        chosen = await choose_versions(database, mira.tenant_id, run_id, None, ["refunds@1", "refunds", "refunds@1"])
        assert [version.title for version in chosen] == ["refunds@1"]
    assert await database.pool.fetchval("select count(*) from flowforge.skill_use") == 1


async def test_runs_that_loaded_a_skill_are_counted_once_each(database, mira, add, open_run):
    await add(refunds())
    for loads in (0, 1, 3):
        run_id = await open_run()
        await choose_versions(database, mira.tenant_id, run_id, None, ["refunds"])
        for _ in range(loads):
            await note_load(database.pool, mira.tenant_id, run_id, "refunds")

    [listed] = (await list_skills(database.pool, mira.tenant_id))[0]
    assert listed.loaded == 2


async def test_another_tenant_has_nothing_of_it(database, mira, add):
    version = await add(refunds())
    theirs = Principal((await find_or_create_tenant(database.pool, "globex")).tenant_id, "person", "boss")

    with pytest.raises(NotFound):
        await find_versions(database.pool, theirs.tenant_id, ["refunds"])
    with pytest.raises(NotFound):
        await load_tree(database.pool, theirs.tenant_id, version)
    with pytest.raises(NotFound):
        await delete_skill(database, theirs, "refunds")
    seen = database.for_tenant(theirs.tenant_id).pool
    assert await seen.fetchval("select count(*) from flowforge.skill_file") == 0


async def test_a_tenant_has_as_much_room_as_it_has(database, mira, add, monkeypatch):
    await add(refunds("One."))
    monkeypatch.setattr("flowforge.skills.registry.VERSIONS_MAX", 1)
    with pytest.raises(Conflict, match="has 1 versions"):
        await add(refunds("Two."))
    monkeypatch.setattr("flowforge.skills.registry.SKILLS_MAX", 1)
    with pytest.raises(Conflict, match="there are 1 skills"):
        await add(Skill("other", "d", "i"))
    monkeypatch.setattr("flowforge.skills.registry.SKILLS_MAX", 9)
    monkeypatch.setattr("flowforge.skills.registry.TENANT_BYTES_MAX", 100)
    with pytest.raises(Conflict, match="the skills hold"):
        await add(Skill("other", "d", "i" * 100))
    assert (await find_version(database.pool, mira.tenant_id, "refunds")).number == 1
