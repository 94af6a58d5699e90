"""`flowforge skills`, against answers in the contract's shape; and its tests of skills, for real."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import respx
from click.testing import CliRunner, Result

from flowforge.api.routes.skill_sharing import SHARED
from flowforge.api.routes.skills import CONTENT, DETAIL, DIFF, LISTED, USER, VERSION
from flowforge.cli import main
from flowforge.skills.tree import unpack

TEXT = "---\nname: refunds\ndescription: How we pay back.\n---\nLook first.\n"


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url="http://127.0.0.1:8288", assert_all_called=False) as router:
        yield router


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "refunds"
    made.mkdir()
    (made / "SKILL.md").write_text(TEXT)
    return made


def cli(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def page(*found: object) -> dict[str, object]:
    return {"data": list(found), "next_cursor": None}


def test_skills_are_listed_with_whose_they_are(server):
    published = {**LISTED, "name": "review", "layer": "deployment", "label": None, "deprecated_at": None}
    server.get("/v1/skills").respond(json=page({**LISTED, "hides_published": True}, published))
    done = cli("skills")

    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith("refunds@3 (stable)  own, hides a published one  3 versions  loaded 41×  How we pay customers back.")
    assert lines[1].startswith("review@3            published")


def test_a_skill_is_shown_and_one_of_its_files(server):
    server.get("/v1/skills/refunds").respond(json=DETAIL)
    server.get("/v1/skills/refunds/versions").respond(json=page(VERSION))
    server.get("/v1/skills/refunds/file").respond(json=CONTENT)
    done = cli("skills", "show", "refunds")

    assert "vouched  yes" in done.stdout and "references/limits.md  34 bytes" in done.stdout
    assert done.stdout.rstrip().endswith("Look the order up first.")
    assert cli("skills", "show", "refunds", "--file", "references/limits.md").stdout == CONTENT["text"]


def test_a_folder_is_sent_as_an_archive_of_it(server, folder: Path):
    taken = server.post("/v1/skills").respond(201, json=VERSION)
    done = cli("skills", "add", str(folder), "--label", "stable")

    assert done.exit_code == 0, done.output
    sent = taken.calls[0].request
    assert unpack(sent.content).files == {"SKILL.md": TEXT.encode()}
    assert (sent.headers["content-type"], dict(sent.url.params)) == ("application/zip", {"vouched": "true", "label": "stable"})
    assert done.stdout.startswith("refunds@3 (stable)  1f0d9c3e0a6b  3 files, 4.0 KiB")


@pytest.mark.parametrize(
    ("source", "options", "body"),
    [
        (
            "https://example.com/x.zip#subfolder=a",
            ("--sha256", "ab"),
            {"url": "https://example.com/x.zip#subfolder=a", "sha256": "ab", "vouched": False},
        ),
        ("skl_01968f3ac8b1", ("--vouch",), {"shared": "skl_01968f3ac8b1", "vouched": True}),
    ],
)
def test_an_address_or_a_shared_skill_is_imported_by_the_server(server, source: str, options: tuple[str, ...], body: dict):
    taken = server.post("/v1/skill_imports").respond(201, json={**VERSION, "vouched": body["vouched"]})
    done = cli("skills", "add", source, *options)

    assert done.exit_code == 0, done.output
    assert json.loads(taken.calls[0].request.content) == body
    assert ("nobody here has vouched" in done.stderr) is not body["vouched"]


def test_what_is_no_skill_is_refused_before_anything_is_sent(server, tmp_path: Path, folder: Path):
    (folder / "SKILL.md").write_text("no front matter")
    (tmp_path / "x.zip").write_bytes(b"no archive")
    for source, words in (
        (folder, "has no front matter"),
        (tmp_path / "x.zip", "no zip, tar or tar.gz"),
        (tmp_path / "none", "no folder or"),
    ):
        done = cli("skills", "add", str(source))
        assert done.exit_code != 0 and words in done.stderr and "Traceback" not in done.output
    assert not server.calls


def test_a_version_is_exported_as_it_comes(server, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    server.get("/v1/skills/refunds").respond(json=DETAIL)
    server.get("/v1/skills/refunds%403/archive").respond(content=b"PK bytes")
    done = cli("skills", "export", "refunds")

    assert (done.exit_code, (tmp_path / "refunds-3.zip").read_bytes()) == (0, b"PK bytes"), done.output
    assert cli("skills", "export", "refunds", "--to", "none/x.zip").exit_code == 2


def test_differences_agents_deprecation_sharing_and_removal(server):
    server.get("/v1/skills/refunds/diff").respond(json=DIFF)
    server.get("/v1/skills/refunds/agents").respond(json=page(USER))
    gone = server.delete("/v1/skills/refunds%402").respond(204)
    told = server.put("/v1/skills/refunds%402/deprecation").respond(json={**VERSION, "deprecated_at": "x", "deprecation": "old"})
    shared = server.post("/v1/skills/refunds/shares").respond(201, json=SHARED)
    server.get("/v1/shared_skills").respond(json=page(SHARED, {**SHARED, "own": False, "owner": "globex"}))

    assert "-Up to 200\n+Up to 300" in cli("skills", "diff", "refunds", "2").stdout
    assert cli("skills", "agents", "refunds").stdout == "atlas  refunds@3  version 3\n"
    assert cli("skills", "remove", "refunds@2").exit_code == 0 and gone.called
    assert "deprecated: old" in cli("skills", "deprecate", "refunds@2", "--reason", "old").stdout
    assert json.loads(told.calls[0].request.content) == {"reason": "old"}
    listed = cli("skills", "share", "refunds", "--everybody").stdout
    assert json.loads(shared.calls[0].request.content) == {"with": None}
    assert "shared with everybody" in listed and "from globex" in listed
    assert cli("skills", "share", "refunds").exit_code == 2


@pytest.mark.long
def test_a_skills_tests_run_against_their_recording_and_fail_when_it_is_broken(flowforge, tmp_path: Path):
    done = flowforge("skills", "test", "summarize")
    assert (done.returncode, "2/2" in done.stdout) == (0, True), done.stdout + done.stderr

    (tmp_path / "skills" / "greet" / "tests").mkdir(parents=True)
    (tmp_path / "skills" / "greet" / "SKILL.md").write_text("---\nname: greet\ndescription: Say hello.\n---\nSay hello.\n")
    case = "cases: [{name: greets, input: Greet., replies: [{text: Goodbye.}], expect: {calls: [load_skill], contains: [Hello]}}]\n"
    (tmp_path / "skills" / "greet" / "tests" / "cases.yaml").write_text(case)
    broken = flowforge("skills", "test", "greet")
    assert broken.returncode == 1 and "0/1" in broken.stdout
    assert "contains 'Hello'" in broken.stderr or "calls load_skill" in broken.stderr
    unknown = flowforge("skills", "test", "gret")
    assert unknown.returncode == 4 and "did you mean greet" in unknown.stderr
