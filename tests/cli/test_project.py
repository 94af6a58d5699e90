"""Loading the user's code: which module it becomes, and what is said when it does not load."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowforge.cli.project import ImportFailed, find_project
from flowforge.errors import ConfigurationError
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.skills.tool import TOOLS

FLOW = """
import flowforge.orchestrator.registry as r
@r.REGISTRY.function(trigger="{trigger}")
async def process_order(ctx): return {version}
"""


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    modules, path, functions, tools = dict(sys.modules), list(sys.path), Registry(), list(TOOLS)
    functions.replace(REGISTRY)
    REGISTRY.replace(Registry())
    yield
    REGISTRY.replace(functions)
    TOOLS.clear()
    for tool in tools:
        TOOLS.add(tool)
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]
    sys.path[:] = path


def write(directory: Path, name: str, text: str) -> Path:
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def functions() -> dict[str, tuple[str, ...]]:
    return {function.function_id: tuple(map(str, function.triggers)) for function in REGISTRY if not function.builtin}


def test_a_file_becomes_a_module_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, "workflows/order.py", FLOW.format(trigger="order/created", version=1))
    project = find_project("workflows/order.py", tmp_path)
    project.load()
    assert project.app == "order.py"
    assert functions() == {"order.process_order": ("order/created",)}


def test_a_directory_means_its_app_file_or_all_files_in_it(tmp_path: Path) -> None:
    write(tmp_path, "one.py", FLOW.format(trigger="a/b", version=1))
    write(tmp_path, "two.py", FLOW.format(trigger="c/d", version=1))
    write(tmp_path, "test_one.py", "raise RuntimeError('tests are not the app')")
    find_project(None, tmp_path).load()
    assert set(functions()) == {"one.process_order", "two.process_order"}
    write(tmp_path, "app.py", FLOW.format(trigger="e/f", version=1))
    find_project(".", tmp_path).load()
    assert set(functions()) == {"app.process_order"}


def test_a_dotted_name_is_imported_as_python_does(tmp_path: Path) -> None:
    write(tmp_path, "shop_flows/__init__.py", "")
    write(tmp_path, "shop_flows/refunds.py", FLOW.format(trigger="a/b", version=1))
    find_project("shop_flows.refunds", tmp_path).load()
    assert set(functions()) == {"refunds.process_order"}


def test_loading_again_reads_changed_files_and_what_they_import(tmp_path: Path) -> None:
    write(tmp_path, "rules_of_mine.py", 'TRIGGER = "a/b"')
    text = "from rules_of_mine import TRIGGER\n" + FLOW.replace('"{trigger}"', "TRIGGER").format(version=1)
    write(tmp_path, "app_of_mine.py", text)
    project = find_project("app_of_mine.py", tmp_path)
    project.load()
    write(tmp_path, "rules_of_mine.py", 'TRIGGER = "c/d"')
    project.load()
    assert functions() == {"app_of_mine.process_order": ("c/d",)}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\nimport no_such_package\n", "flow.py:2: ModuleNotFoundError: No module named 'no_such_package'"),
        ("x = 1\n\ndef f(:\n", "flow.py:3: SyntaxError"),
        ("import sys\nsys.exit('bye')\n", "flow.py:2 ended the program"),
        ("raise ValueError('a\\nb')\n", "flow.py:1: ValueError: a b"),
        (FLOW.format(trigger="order created!", version=1), "flow.py:3"),
    ],
)
def test_code_that_does_not_import_is_one_sentence_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    write(tmp_path, "flow.py", text)
    with pytest.raises(ImportFailed) as raised:
        find_project("flow.py", tmp_path).load()
    assert raised.value.message.startswith(sentence)
    assert "\n" not in raised.value.message
    assert "flow.py" in raised.value.traceback


def test_after_a_failed_load_the_old_functions_are_still_there(tmp_path: Path) -> None:
    file = write(tmp_path, "flow.py", FLOW.format(trigger="a/b", version=1))
    project = find_project("flow.py", tmp_path)
    project.load()
    before = sys.modules["flow"]
    file.write_text(FLOW.format(trigger="c/d", version=2) + "\nraise RuntimeError\n")
    with pytest.raises(ImportFailed):
        project.load()
    assert functions() == {"flow.process_order": ("a/b",)}
    assert sys.modules["flow"] is before


@pytest.mark.parametrize("name", ["json.py", "flowforge.py", "my-flow.py"])
def test_a_file_that_cannot_be_a_module_of_its_own_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "")
    with pytest.raises(ConfigurationError, match=name):
        find_project(name, tmp_path)


def test_an_empty_directory_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        find_project(None, tmp_path)
    assert raised.value.hint is not None
    assert "flowforge init" in raised.value.hint
