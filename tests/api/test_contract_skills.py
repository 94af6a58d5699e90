"""Skills over HTTP."""

from __future__ import annotations

import base64
import io
import zipfile

import httpx

from flowforge.access.tenant import find_or_create_tenant
from flowforge.api.body import ARCHIVE_BYTES_MAX
from flowforge.ids import show
from flowforge.skills.publish import publish as publish_skills
from flowforge.skills.skill import Skill
from flowforge.skills.tool import make_tool

FRONT = "---\nname: refunds\ndescription: How we pay back.\nlicense: MIT\nmetadata:\n  author: mira\ntools: [look_up]\n---\n"


def files(text: str = "Look first.", **more: str) -> dict[str, dict[str, str]]:
    return {"files": {"SKILL.md": FRONT + text, **{name.replace("__", "/").replace("_md", ".md"): text for name, text in more.items()}}}


def look_up(order: str) -> str:
    """Find an order."""
    return order


async def add(api: httpx.AsyncClient, text: str = "Look first.", status: int = 201, query: str = "", **more: str) -> dict:
    answer = await api.post(f"/v1/skills{query}", json=files(text, **more))
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_skill_is_added_shown_changed_compared_and_deleted(api):
    made = await add(api, references__law_md="Up to 200.")
    assert made | {"tree": "", "created_at": ""} == {
        "name": "refunds", "number": 1, "label": None, "layer": "tenant", "tree": "", "description": "How we pay back.",
        "tools": ["look_up"],
        "optional_tools": [], "license": "MIT", "compatibility": None, "metadata": {"author": "mira"}, "allowed_tools": None, "files": 2,
        "bytes": 128, "source": {"kind": "files"}, "vouched": True, "created_by": "operator", "created_at": "", "deprecated_at": None,
        "deprecation": None,
    }  # fmt: skip
    assert (await add(api, references__law_md="Up to 200.", status=200)) == made
    second = await add(api, "Look twice.", query="?label=stable&vouched=false", references__law_md="Up to 300.")
    assert (second["number"], second["label"], second["vouched"]) == (2, "stable", False)

    shown = (await api.get("/v1/skills/refunds")).json()
    assert (shown["number"], shown["instructions"]) == (2, "Look twice.")
    assert [one["path"] for one in shown["manifest"]] == ["SKILL.md", "references/law.md"]
    assert (await api.get("/v1/skills/refunds@1")).json()["instructions"] == "Look first."
    assert (await api.get("/v1/skills/refunds@stable")).json()["number"] == 2
    read = (await api.get("/v1/skills/refunds@1/file", params={"path": "references/law.md"})).json()
    assert (read["text"], read["base64"], read["bytes"]) == ("Up to 200.", None, 10)
    [listed] = (await api.get("/v1/skills")).json()["data"]
    assert (listed["number"], listed["versions"], listed["loaded"], listed["hides_published"]) == (2, 2, 0, False)
    diff = (await api.get("/v1/skills/refunds/diff", params={"from": "1"})).json()
    assert (diff["from"], diff["to"], [one["path"] for one in diff["files"]]) == (1, 2, ["SKILL.md", "references/law.md"])
    assert "-Up to 200.\n+Up to 300." in diff["files"][1]["diff"]

    assert (await api.put("/v1/skills/refunds@2/deprecation", json={"reason": "too much"})).json()["deprecation"] == "too much"
    assert (await api.get("/v1/skills/refunds")).json()["number"] == 1
    assert (await api.delete("/v1/skills/refunds@2/deprecation")).json()["deprecated_at"] is None
    versions = await api.get("/v1/skills/refunds/versions?limit=1")
    assert ([one["number"] for one in versions.json()["data"]], versions.json()["next_cursor"]) == ([2], "2")
    assert [one["number"] for one in (await api.get("/v1/skills/refunds/versions?limit=1&cursor=2")).json()["data"]] == [1]
    assert (await api.delete("/v1/skills/refunds@1")).status_code == 204
    assert (await api.get("/v1/skills/refunds@1")).status_code == 404
    assert (await api.delete("/v1/skills/refunds")).status_code == 204
    assert (await api.get("/v1/skills/refunds")).status_code == 404


async def test_what_is_exported_is_the_same_skill_where_it_is_added(api, database):
    picture = bytes(range(256))
    body = {**files(references__law_md="§ 1"), "base64_files": {"assets/logo.png": base64.b64encode(picture).decode()}}
    made = (await api.post("/v1/skills", json=body)).json()
    exported = await api.get("/v1/skills/refunds/archive")
    assert (exported.headers["content-type"], exported.headers["etag"]) == ("application/zip", f'"{made["tree"]}"')
    assert exported.headers["content-disposition"] == 'attachment; filename="refunds-1.zip"'
    assert exported.content == (await api.get("/v1/skills/refunds@1/archive")).content
    assert zipfile.ZipFile(io.BytesIO(exported.content)).read("refunds/assets/logo.png") == picture

    elsewhere = {"content-type": "application/zip", "x-flowforge-tenant": "globex"}
    there = await api.post("/v1/skills", content=exported.content, headers=elsewhere)
    assert (there.status_code, there.json()["tree"], there.json()["source"]) == (201, made["tree"], {"kind": "archive"})
    again = await api.get("/v1/skills/refunds/archive", headers={"x-flowforge-tenant": "globex"})
    assert again.content == exported.content
    read = (await api.get("/v1/skills/refunds/file", params={"path": "assets/logo.png"})).json()
    assert (read["text"], base64.b64decode(read["base64"])) == (None, picture)


async def test_a_repeated_request_makes_one_version(api):
    headers = {"idempotency-key": "one"}
    first = await api.post("/v1/skills", json=files(), headers=headers)
    again = await api.post("/v1/skills", json=files(), headers=headers)
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())


NO_SKILLS = (
    ({}, "/files", "is required"),
    ({"files": {}}, "/files", "there is no SKILL.md"),
    ({"files": {"SKILL.md": "text"}}, "/files", "has no front matter"),
    ({"files": {"SKILL.md": FRONT + "x", "../a": "x"}}, "/files", "has the part '..'"),
    ({"files": {"SKILL.md": FRONT + "x", "a": "x", "A": "x"}}, "/files", "the same file on some systems"),
    ({"files": {"SKILL.md": FRONT + "x", "a": "x", "a/b": "x"}}, "/files", "a file and a folder"),
    ({"files": {"SKILL.md": 1}}, "/files/SKILL.md", "valid string"),
    ({"files": {"SKILL.md": FRONT + "x"}, "base64_files": {"a": "%"}}, "/base64_files/a", "not base64"),
    ({"files": {"SKILL.md": FRONT + "x"}, "base64_files": {"SKILL.md": ""}}, "/base64_files/SKILL.md", "among the texts"),
    ({"files": {"SKILL.md": FRONT + "x"}, "name": "x"}, "/name", "not a known field"),
    ({"files": {"SKILL.md": FRONT.replace("refunds", "Re Funds") + "x"}}, "/files", "line 2: 'Re Funds' cannot be"),
)


async def test_a_body_that_is_no_skill_is_refused_with_a_pointer(api):
    for body, pointer, words in NO_SKILLS:
        answer = await api.post("/v1/skills", json=body)
        assert answer.status_code == 422, answer.text
        assert (answer.json()["errors"][0]["pointer"], words in answer.text) == (pointer, True), answer.text
    assert (await api.get("/v1/skills")).json()["data"] == []


async def test_an_archive_of_another_kind_too_large_or_damaged_is_refused(api):
    for content, kind, status in (
        (b"PK\x03\x04", "application/zip", 422),
        (b"x", "text/plain", 415),
        (b"x", "application/octet-stream", 415),
        (b"", "application/zip", 422),
        (bytes(ARCHIVE_BYTES_MAX + 1), "application/zip", 413),
        (bytes(100_000), "application/json", 413),  # the limit of this server's other bodies
    ):
        answer = await api.post("/v1/skills", content=content, headers={"content-type": kind})
        assert answer.status_code == status, (kind, answer.text)
    taken = await api.post("/v1/agents", content=b"PK", headers={"content-type": "application/zip"})
    assert taken.status_code == 415


NOT_THERE = (
    ("/v1/skills/refnds", 404),
    ("/v1/skills/refunds@9", 404),
    ("/v1/skills/Re%20funds", 404),
    ("/v1/skills/refunds@1/file?path=none", 404),
    ("/v1/skills/refunds@1/file?path=../SKILL.md", 404),
    ("/v1/skills/refunds/file", 422),
    ("/v1/skills/refunds/diff?from=9", 422),
    ("/v1/skills/refunds/diff?from=1&to=a%20b", 422),
    ("/v1/skills/refunds/diff", 422),
    ("/v1/skills/refunds/versions?cursor=x", 422),
    ("/v1/skills/refunds/versions?cursor=99999999999", 422),
    ("/v1/shared_skills?cursor=x", 422),
)


async def test_what_is_not_there_is_404_in_the_path_and_422_elsewhere(api):
    await add(api)

    for path, status in NOT_THERE:
        answer = await api.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text


async def test_an_agent_pins_a_version_and_is_listed_among_those_that_have_the_skill(api, database):
    await publish_skills(database.pool, "shop", [make_tool(look_up, "read")], [])
    await add(api, "One.")
    await add(api, "Two.")
    for name, skill in (("atlas", "refunds@1"), ("maya", "refunds"), ("zoe", "other")):
        answer = await api.post("/v1/agents", json={"name": name, "model": "gpt-4o", "skills": [skill]})
        assert answer.status_code == (422 if name == "zoe" else 201), answer.text
    assert answer.json()["errors"][0]["pointer"] == "/skills/0"

    users = (await api.get("/v1/skills/refunds/agents")).json()["data"]
    assert [(one["agent"], one["wanted"], one["version"]) for one in users] == [("atlas", "refunds@1", 1), ("maya", "refunds", 2)]
    refused = await api.delete("/v1/skills/refunds")
    assert (refused.status_code, "atlas, maya" in refused.text) == (409, True)
    for skills in (["refunds@9"], ["refnds"], ["refunds@1", "refunds@2"], ["a b"]):
        answer = await api.patch("/v1/agents/atlas", json={"skills": skills})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"][:8]) == (422, "/skills/"), answer.text


async def test_an_agent_is_not_given_a_skill_whose_tools_nobody_has(api):
    skill = FRONT.replace("[look_up]", "[look_up]\noptional-tools: [search]") + "x"
    await api.post("/v1/skills", json={"files": {"SKILL.md": skill}})
    answer = await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o", "skills": ["refunds"]})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/skills/0")
    assert "the skill refunds@1 needs a tool that is not there: there is no tool 'look_up'" in answer.text


async def test_what_workers_publish_is_listed_below_the_tenants_own_and_not_changed_here(api, database):
    await publish_skills(database.pool, "shop", [], [Skill("refunds", "Theirs.", "Theirs."), Skill("other", "d", "i")])
    await add(api)

    listed = (await api.get("/v1/skills")).json()["data"]
    assert [(one["name"], one["layer"], one["hides_published"]) for one in listed] == [
        ("other", "deployment", False),
        ("refunds", "tenant", True),
    ]
    for answer in (await api.delete("/v1/skills/other"), await api.put("/v1/skills/other/deprecation", json={})):
        assert (answer.status_code, "published by workers" in answer.text) == (409, True)
    assert (await api.get("/v1/skills/other/archive")).status_code == 200


async def test_a_skill_is_shared_with_one_tenant_or_with_all_and_imported_as_a_copy(api, database):
    await add(api)
    globex = (await find_or_create_tenant(database.pool, "globex")).tenant_id
    await find_or_create_tenant(database.pool, "initech")
    theirs, others = {"x-flowforge-tenant": "globex"}, {"x-flowforge-tenant": "initech"}
    shared = await api.post("/v1/skills/refunds/shares", json={"with": show("tnt", globex)})
    assert shared.status_code == 201, shared.text
    again = await api.post("/v1/skills/refunds/shares", json={"with": show("tnt", globex)})
    assert again.json()["id"] == shared.json()["id"]
    body = {"shared": shared.json()["id"], "label": "stable"}

    [seen] = (await api.get("/v1/shared_skills", headers=theirs)).json()["data"]
    assert (seen["owner"], seen["own"], seen["with"], seen["shared_by"], seen["tree"]) == (
        "default",
        False,
        None,
        "",
        shared.json()["tree"],
    )
    assert (await api.get("/v1/shared_skills", headers=others)).json()["data"] == []
    refused = await api.post("/v1/skill_imports", json=body, headers=others)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/shared")
    assert (await api.delete(f"/v1/shared_skills/{shared.json()['id']}", headers=theirs)).status_code == 404
    imported = await api.post("/v1/skill_imports", json=body, headers=theirs)
    assert imported.status_code == 201, imported.text
    assert (imported.json()["tree"], imported.json()["vouched"]) == (shared.json()["tree"], False)
    assert imported.json()["source"] == {
        "kind": "shared", "owner": "default", "share": shared.json()["id"], "version": 1, "tree": shared.json()["tree"],
    }  # fmt: skip
    vouched = await api.post("/v1/skill_imports", json={**body, "vouched": True}, headers=theirs)
    assert (vouched.status_code, vouched.json()["vouched"], vouched.json()["number"]) == (200, True, 1)

    assert (await api.delete(f"/v1/shared_skills/{shared.json()['id']}")).status_code == 204
    assert (await api.delete("/v1/skills/refunds")).status_code == 204
    assert (await api.get("/v1/skills/refunds", headers=theirs)).json()["instructions"] == "Look first."
    await add(api)
    await api.post("/v1/skills/refunds/shares", json={"with": None})
    assert len((await api.get("/v1/shared_skills", headers=others)).json()["data"]) == 1


FROM_NOWHERE = (
    ({}, "/url"),
    ({"url": "https://example.com/x.zip", "shared": "skl_1"}, "/url"),
    ({"url": "http://example.com/x.zip"}, "/url"),
    ({"url": "https://10.0.0.1/x.zip"}, "/url"),
    ({"url": "https://example.com/x.zip", "sha256": "x"}, "/sha256"),
    ({"shared": "nothing"}, "/shared"),
    ({"shared": "skl_01968f3ac8b17c02a3f08241a2f70051"}, "/shared"),
    ({"url": 7}, "/url"),
)


async def test_an_import_from_nowhere_is_refused_with_a_pointer(api):
    for body, pointer in FROM_NOWHERE:
        answer = await api.post("/v1/skill_imports", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
