"""Reading skills from folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowforge.errors import RegistrationError
from flowforge.skills.skill import available_skills, parse_skill, read_skills

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
        ("---\nname: x\ndescription: d\ndate: 2024-13-45\n---\ntext", "no valid YAML"),
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

    assert set(skills) == {"research", "review", "summarize", "triage"}
    assert skills["review"].instructions == "Our way."
    assert available_skills(None)[1].instructions != "Our way."
