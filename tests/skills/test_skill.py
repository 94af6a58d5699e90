"""Reading skills from folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flowforge.errors import RegistrationError
from flowforge.skills.skill import FILE_BYTES_MAX, Skill, available_skills, parse_skill, read_skill, read_skills, skill_of

GOOD = "---\nname: refunds\ndescription: How we pay back.\ntools: [look_up, issue_refund]\nlicense: MIT\n---\n\n# Refunds\n\nLook first.\n"


def write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(text)


def test_a_skill_is_front_matter_and_instructions():
    skill = parse_skill(GOOD)

    assert (skill.name, skill.description, skill.tools) == ("refunds", "How we pay back.", ("look_up", "issue_refund"))
    assert skill.instructions == "# Refunds\n\nLook first."


def test_windows_line_ends_and_a_byte_order_mark_are_read():
    assert parse_skill("\ufeff" + GOOD.replace("\n", "\r\n")).name == "refunds"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# no front matter", "has no front matter"),
        ("---\nname: x\n---\ntext", "needs a description"),
        ("---\ndescription: x\n---\ntext", "needs a name"),
        ("---\nname: 7\ndescription: x\n---\ntext", "needs a name"),
        ("---\nname: Big Name\ndescription: x\n---\ntext", "cannot be a skill's name"),
        (f"---\nname: {'x' * 65}\ndescription: x\n---\ntext", "cannot be a skill's name"),
        (f"---\nname: x\ndescription: {'x' * 1025}\n---\ntext", "1025 characters"),
        ("---\nname: x\ndescription: [1\n---\ntext", "no valid YAML in line"),
        ("---\nname: 2024-01-02\ndescription: d\n---\ntext", "line 2: the front matter needs a name"),
        ("---\nname: x\ndescription: [1, 2]\n---\ntext", "line 3: the front matter needs a description"),
        ('---\nname: x\ndescription: "a\\0b"\n---\ntext', "line 3: description holds characters that are not printable"),
        ('---\nname: x\ndescription: "\\uD800"\n---\ntext', "line 3: description holds characters that are not printable"),
        ("---\nname: x\ndescription: a\u202eb\n---\ntext", "line 3: description holds characters that are not printable"),
        ("---\nname: x\nname: y\ndescription: d\n---\ntext", "line 3: name stands twice"),
        ("---\nname: x\ndescription: d\nmetadata: &a [*a]\n---\ntext", "line 4: the front matter may not refer to itself"),
        ("---\nname: x\ndescription: d\nlicense: [MIT]\n---\ntext", "line 4: license must be a text"),
        (f"---\nname: x\ndescription: d\ncompatibility: {'x' * 501}\n---\ntext", "line 4: compatibility has 501 characters"),
        ("---\nname: x\ndescription: d\nmetadata: [1]\n---\ntext", "line 4: metadata must be a mapping"),
        ("---\nname: x\ndescription: d\ntools: [a, 'b c']\n---\ntext", "line 4: tools: 'b c' cannot be a tool's name"),
        (f"---\nname: x\ndescription: d\nnote: {'x' * 40_000}\n---\ntext", "longer than 16 KiB"),
        ("---\nname: x\ndescription: d\n---\nte\0xt", "holds a NUL"),
        ("---\n" + "[" * 9_000 + "\n---\ntext", "nests deeper than 10 levels"),
        ("---\nname: x\ndescription: d\nm: " + "{a: " * 11 + "1" + "}" * 11 + "\n---\ntext", "line 4: the front matter nests deeper"),
        ("---\n- a\n---\ntext", "must hold name: and description:"),
        ("---\nname: x\ndescription: y\ntools: {a: 1}\n---\ntext", "tools must be a list"),
        ("---\nname: x\ndescription: y\n---\n  \n", "no instructions"),
    ],
)
def test_what_is_wrong_with_a_skill_is_said_in_one_sentence(text: str, sentence: str):
    with pytest.raises(RegistrationError) as caught:
        parse_skill(text, where="skills/x/SKILL.md")

    assert sentence in caught.value.message
    assert "skills/x/SKILL.md" in caught.value.message


def test_a_skill_is_named_like_its_folder(tmp_path: Path):
    write(tmp_path / "other", GOOD)

    with pytest.raises(RegistrationError, match="named 'refunds' but its folder 'other'"):
        read_skills(tmp_path)


def test_a_projects_skill_wins_over_the_built_in_one_of_that_name(tmp_path: Path):
    write(tmp_path / "skills" / "review", "---\nname: review\ndescription: Ours.\n---\nOur way.\n")
    (tmp_path / "skills" / "notes").mkdir()

    skills = {skill.name: skill for skill in available_skills(tmp_path)}

    assert set(skills) >= {"research", "review", "summarize", "triage"}
    assert skills["review"].instructions == "Our way."
    assert {skill.name: skill for skill in available_skills(None)}["review"].instructions != "Our way."


def test_fields_that_nobody_knows_are_left_alone_and_dates_are_texts():
    skill = parse_skill(
        "---\nname: x\ndescription: d\nlicense: Apache-2.0\nversion: 2024-13-45\nmodel: {any: thing}\n"
        "metadata:\n  author: mira\n  since: 2024-13-45\n  version: 1.0\n  nested: {a: 1}\nallowed-tools: [Read, 'Bash(git:*)']\n---\ntext"
    )

    assert skill.metadata == {"author": "mira", "since": "2024-13-45", "version": "1.0"}
    assert (skill.license, skill.allowed_tools, skill.tools) == ("Apache-2.0", "Read Bash(git:*)", ())


def test_a_folder_brings_all_its_files_but_not_what_tools_leave_behind(tmp_path: Path):
    write(tmp_path / "refunds", GOOD)
    (tmp_path / "refunds" / "references").mkdir()
    (tmp_path / "refunds" / "references" / "law.md").write_text("§ 1")
    (tmp_path / "refunds" / "scripts" / "__pycache__").mkdir(parents=True)
    (tmp_path / "refunds" / "scripts" / "__pycache__" / "sum.pyc").write_bytes(b"\0")
    (tmp_path / "refunds" / ".DS_Store").write_bytes(b"\0")

    assert set(read_skill(tmp_path / "refunds").files) == {"SKILL.md", "references/law.md"}


def test_a_skill_made_in_code_is_the_file_that_says_the_same():
    skill = Skill("refunds", 'How we: "pay"', "Look first.", ("look_up",), ("search",))

    assert skill_of(skill.tree).tools == ("look_up",)
    again = skill_of(skill.tree)
    assert (again.name, again.description, again.instructions, again.optional_tools) == (
        "refunds",
        'How we: "pay"',
        "Look first.",
        ("search",),
    )


def _link(folder: Path) -> None:
    (folder / "references").symlink_to("/etc")


def _link_to_a_file(folder: Path) -> None:
    (folder / "passwd").symlink_to("/etc/passwd")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def _large(folder: Path) -> None:
    (folder / "large.bin").write_bytes(bytes(FILE_BYTES_MAX + 1))


def _many(folder: Path) -> None:
    for number in range(201):
        (folder / f"{number}.md").write_text("x")


def _second(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "skill.md").write_text(GOOD)


def _two_spellings(folder: Path) -> None:
    (folder / "Notes.md").write_text("x")
    (folder / "notes.md").write_text("x")


def _latin(folder: Path) -> None:
    (folder / "SKILL.md").write_bytes(GOOD.encode() + b"\xe9")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_link, "no plain file"),
        (_link_to_a_file, "no plain file"),
        (_pipe, "no plain file"),
        (_large, "larger than 1024 KiB"),
        (_many, "at most 200 are allowed"),
        (_second, "a skill has one SKILL.md, at its top"),
        (_two_spellings, "the same file on some systems"),
        (_latin, "is not UTF-8"),
    ],
)
def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, spoil: Callable[[Path], None], sentence: str):
    write(tmp_path / "refunds", GOOD)
    spoil(tmp_path / "refunds")

    with pytest.raises(RegistrationError, match=sentence):
        read_skill(tmp_path / "refunds")
