"""Every skill that comes with FlowForge, against its recording; and tests of skills that fail when the skill is broken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from flowforge.errors import InvalidInput, SandboxUnavailable
from flowforge.orchestrator.models.client import set_client
from flowforge.sandbox.sandbox import Sandbox
from flowforge.skills.skill import Skill, available_skills, skill_of
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall
from flowforge.testing.skill_test.cases import read_cases
from flowforge.testing.skill_test.run import try_skill

SKILLS = {skill.name: skill for skill in available_skills()}


def with_files(whole: Skill, **changes: str | None) -> Skill:
    files = dict(whole.files)
    for place, text in changes.items():
        path = {"skill": "SKILL.md", "cases": "tests/cases.yaml", "figures": "scripts/figures.py", "verdicts": "references/verdicts.md"}[
            place
        ]
        if text is None:
            del files[path]
        else:
            files[path] = text.encode()
    return skill_of(files)


def test_the_seven_are_there():
    assert set(SKILLS) == {"code", "plan", "research", "review", "summarize", "triage", "verify"}
    for skill in SKILLS.values():
        assert skill.license == "MIT" and any(path.startswith("references/") for path in skill.files), skill.name
        assert len(skill.instructions) < 4_000, skill.name  # an agent reads it whole


NEED_A_SANDBOX = {"plan", "verify"}  # every case of theirs does


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.thorough if name in NEED_A_SANDBOX else ()) for name in sorted(SKILLS)]
)
async def test_a_skill_that_comes_with_us_passes_its_own_tests(name: str, database):
    report, left_out = await try_skill(SKILLS[name], database=database)

    failed = {(one.case, verdict.check, verdict.reason) for one in report.attempts for verdict in one.verdicts if not verdict.passed}
    assert (failed, [one.error for one in report.attempts if one.error]) == (set(), [])
    assert len(report.attempts) + len(left_out) == len(read_cases(SKILLS[name])) >= 1
    assert all(len(one.verdicts) >= 2 for one in report.attempts)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"figures": "print('200 -> 252 = 31%: holds')"}, "read /120 "),
        ({"skill": SKILLS["verify"].files["SKILL.md"].decode().replace("Not found is not the same as false.", "")}, "read /Not found"),
        (
            {"cases": SKILLS["verify"].files["tests/cases.yaml"].decode().replace("Correct to 252 units", "x").replace("252", "262")},
            "contains",
        ),
    ],
    ids=["a script that computes nothing", "instructions without a rule", "an answer that is wrong"],
)
async def test_a_skill_that_is_broken_fails_its_tests(changes: dict[str, str], check: str, database):
    skill = with_files(SKILLS["verify"], **changes)
    if "cases" in changes:
        wanted = skill.files["tests/cases.yaml"].decode().replace('contains: ["262"', 'contains: ["252"')
        skill = with_files(skill, cases=wanted)
    report, _ = await try_skill(skill, database=database)

    [attempt] = report.attempts
    assert any(verdict.check.startswith(check) and not verdict.passed for verdict in attempt.verdicts), attempt


@pytest.mark.thorough
async def test_a_file_that_is_gone_and_a_tool_that_nobody_has_fail_the_case(database):
    skill = with_files(SKILLS["verify"], verdicts=None, figures=None)
    report, _ = await try_skill(skill, database=database)

    [attempt] = report.attempts
    assert not attempt.passed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cases: []", "cases: "),
        ("cases: [{name: a, input: x}]", "expect"),
        ("cases: [{name: a, input: x, expect: {contain: [x]}}]", "contain"),
        ("cases: [{name: a, input: x, expect: {matches: ['[']}}]", "is no pattern"),
        ("cases: [{name: a, input: x, expect: {}, replies: [{calls: [{a: {}, b: {}}]}]}]", "one tool's name"),
        ("cases: [{name: a, input: x, expect: {}, tools: {t: {answers: []}}}]", "answers"),
        ("cases: [{name: a, input: x, expect: {}, tools: {t: {answers: [1], parameters: {type: 7}}}}]", "no JSON Schema"),
        ("cases: &a [*a]", "may not refer to itself"),
        ("cases: [", "tests/cases.yaml: "),
        ("- 1", "tests/cases.yaml: "),
    ],
)
def test_a_file_of_cases_that_is_wrong_is_refused_by_name(text: str, words: str):
    with pytest.raises(InvalidInput) as caught:
        read_cases(with_files(SKILLS["verify"], cases=text))
    assert words in caught.value.message and "tests/cases.yaml" in caught.value.message


async def test_a_skill_without_tests_and_a_case_without_a_recording_say_so():
    with pytest.raises(InvalidInput, match="has no tests"):
        read_cases(replace(SKILLS["verify"], files={"SKILL.md": SKILLS["verify"].files["SKILL.md"]}))
    with pytest.raises(InvalidInput, match="nothing is recorded"):
        await try_skill(with_files(SKILLS["verify"], cases="cases: [{name: a, input: x, expect: {}}]"), database=object())


def test_the_skill_and_the_case_in_the_documentation_are_read():
    page = (Path(__file__).parents[2] / "docs" / "skills.md").read_text()
    skill = page.partition("```markdown\n")[2].partition("\n```")[0]
    cases = page.partition("```yaml\n")[2].partition("\n```")[0]

    read = skill_of({"SKILL.md": skill.encode(), "tests/cases.yaml": cases.encode()})
    assert (read.name, read.tools, read.optional_tools) == ("refunds", ("lookup_order",), ("web_search",))
    [case] = read_cases(read)
    assert (case.needs, case.expect.calls, len(case.replies)) == ("sandbox", ("load_skill", "lookup_order"), 3)


@pytest.mark.thorough
async def test_a_model_is_asked_instead_of_the_recording_and_judged_by_the_rubric(database, scripted_model):
    points = {"score": 5}

    def script(asked: Asked) -> Reply:
        if asked.schema is not None:
            return Reply(text=json.dumps({"reason": "It says so.", "score": points["score"]}))
        done = sum(message.role == "tool" for message in asked.messages)
        return Reply(text="*approve* Checked: all.") if done else Reply(tool_calls=(ToolCall("load_skill", {"name": "review"}),))

    scripted_model.answer_with(script)
    set_client(None)
    cases = "cases: [{name: a, input: Review this., expect: {calls: [load_skill], contains: ['*approve*'], judge: {rubric: It approves.}}}]"
    for score, passed in ((5, True), (1, False)):
        points["score"] = score
        report, _ = await try_skill(with_files(SKILLS["review"], cases=cases), models=["gpt-4o"], database=database)
        [attempt] = report.attempts
        assert (attempt.passed, attempt.error, len(attempt.verdicts)) == (passed, None, 3), attempt
        assert attempt.model == "gpt-4o" and any(verdict.check == "judge gpt-4o" for verdict in attempt.verdicts)
    set_client(None)


async def test_a_skill_none_of_whose_cases_can_run_here_says_so(database, monkeypatch):
    async def unavailable(*_):
        raise SandboxUnavailable("there is no bubblewrap on this machine")

    monkeypatch.setattr(Sandbox, "check", unavailable)
    with pytest.raises(InvalidInput, match="every case of plan runs code"):
        await try_skill(SKILLS["plan"], database=database)
