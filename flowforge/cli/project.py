"""The user's code: find it, import it fresh, and tell what went wrong in one sentence with file and line.

A file or directory becomes a module named after the file (`workflows/order.py` is `order`, so its function is
`order.process_order`); a dotted name is imported as Python does. Loading again forgets every module of the project first;
when that fails, the functions and tools of the last good load stay registered.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from flowforge.errors import ConfigurationError, FlowForgeError

APP_FILE = "app.py"
_FOREIGN_PARTS = {"site-packages", "dist-packages", ".venv", "venv", "node_modules"}
_NOT_AN_APP = re.compile(r"^(_|test_|conftest\.py$|setup\.py$|noxfile\.py$|manage\.py$)|_test\.py$")


class ImportFailed(ConfigurationError):
    """The user's code cannot be imported. `traceback` is the whole story, for whoever wants to see it."""

    def __init__(self, message: str, traceback: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.traceback = traceback


@dataclass(frozen=True)
class Project:
    """Where the user's code lies. `root` is on the import path, is watched for changes, and may hold `skills/` and `tools/`."""

    app: str
    root: Path
    modules: tuple[str, ...]
    files: dict[str, Path] = field(default_factory=dict, hash=False)

    @property
    def published_as(self) -> str:
        """What its functions and tools stand under in the database: `my-first-flow/app.py`."""
        return self.app if self.app.endswith("/") else f"{self.root.name}/{self.app}"

    @property
    def is_codeless(self) -> bool:
        """Whether it is a directory without code: agents work there with built-in, HTTP and MCP tools."""
        return not self.modules

    def load(self) -> list[ModuleType]:
        """Import everything afresh into the default registries. Raises ImportFailed and leaves them as they were."""
        with _path_first(self.root), _all_or_nothing(self):
            modules = [self._import(name) for name in self.modules]
            self._describe_tools()
            return modules

    def _describe_tools(self) -> None:
        """Register the calls over HTTP that its `tools/` describes."""
        directory = self.root / "tools"
        if directory.is_dir():
            from flowforge.skills.http.project import read_http_tools
            from flowforge.skills.tool import TOOLS

            for tool in read_http_tools(directory):
                TOOLS.add(tool)

    def _import(self, name: str) -> ModuleType:
        file = self.files.get(name)
        if file is None:
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise ImportError(f"{file} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module


def find_project(target: str | None, directory: Path | None = None, *, codeless: bool = False) -> Project:
    """The project that `FILE|DIR|MODULE` names; without one, the current directory. Raises ConfigurationError.

    `codeless`: a current directory without code is a project too, of agents that need none.
    """
    here = (directory or Path.cwd()).resolve()
    if codeless and target is None and not _has_code(here):
        return Project(here.name + "/", here, ())
    path = here if target is None else (here / target).resolve()
    if path.is_dir():
        return _of_directory(path, given=target)
    if path.is_file():
        return _of_file(path)
    if target is not None and re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", target) and not target.endswith(".py"):
        return _of_module(target, here)
    raise ConfigurationError(f"there is no file, directory or module {target!r}", hint="name your file, as in  flowforge dev app.py")


def _has_code(path: Path) -> bool:
    return any(not _NOT_AN_APP.search(file.name) for file in path.glob("*.py"))


def _of_directory(path: Path, given: str | None) -> Project:
    if (path / APP_FILE).is_file():
        return _of_file(path / APP_FILE)
    found = sorted(file for file in path.glob("*.py") if not _NOT_AN_APP.search(file.name))
    if not found:
        where = "this directory" if given is None else given
        raise ConfigurationError(f"there is no {APP_FILE} in {where}", hint="name your file, or begin with  flowforge init my-flow")
    for file in found:
        _check_name(file)
    return Project(path.name + "/", path, tuple(file.stem for file in found), {file.stem: file for file in found})


def _of_file(file: Path) -> Project:
    if file.suffix != ".py":
        raise ConfigurationError(f"{file.name} is not a Python file")
    root, parts = file.parent, [file.stem]
    while (root / "__init__.py").is_file():
        parts.insert(0, root.name)
        root = root.parent
    if len(parts) > 1:
        return Project(file.name, root, (".".join(parts).removesuffix(".__init__"),))
    _check_name(file)
    return Project(file.name, root, (file.stem,), {file.stem: file})


def _of_module(name: str, here: Path) -> Project:
    with _path_first(here):
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            spec = None
        except Exception as error:
            raise _failed(error, here, name) from error
    if spec is None:
        raise ConfigurationError(f"there is no file, directory or module {name!r}", hint=f"it was looked for in {here}")
    return Project(name, here, (name,))


def _check_name(file: Path) -> None:
    """A file named like a part of Python would take its place for every other import."""
    if file.stem in sys.stdlib_module_names or file.stem == "flowforge":
        raise ConfigurationError(f"{file.name} would hide the module {file.stem!r} from everything else", hint="give the file another name")
    if not file.stem.isidentifier():
        raise ConfigurationError(f"{file.name} cannot be a module's name", hint="use letters, digits and underscores, as in  my_flow.py")


@contextmanager
def _path_first(root: Path) -> Iterator[None]:
    """The project's directory leads the import path while it is imported, and stays on it: functions import lazily too."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    compiled, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # its time stamps are too coarse for quick edits
    try:
        yield
    finally:
        sys.dont_write_bytecode = compiled


@contextmanager
def _all_or_nothing(project: Project) -> Iterator[None]:
    """Forget the project's modules, functions and tools; bring all of them back when the import fails."""
    from flowforge.agents.code import AGENTS
    from flowforge.agents.team_code import TEAMS
    from flowforge.orchestrator.registry import REGISTRY, Registry
    from flowforge.skills.code_policy import POLICIES
    from flowforge.skills.tool import TOOLS

    functions, tools, agents, modules = Registry(), list(TOOLS), list(AGENTS), _forget_modules(project)
    policies = list(POLICIES)
    teams = list(TEAMS)
    functions.replace(REGISTRY)
    REGISTRY.replace(Registry())
    TOOLS.clear()
    POLICIES.clear()
    for tool in tools:
        if not _is_of(project, getattr(tool.function, "__module__", ""), modules):
            TOOLS.add(tool)
    AGENTS.clear()
    for agent in agents:
        if not _is_of(project, agent.module, modules):
            AGENTS.add(agent)
    try:
        yield
    except BaseException as error:
        REGISTRY.replace(functions)
        TEAMS.replace(teams)
        TOOLS.clear()
        for tool in tools:
            TOOLS.add(tool)
        POLICIES.clear()
        for policy in policies:
            POLICIES.add(policy)
        AGENTS.clear()
        for agent in agents:
            AGENTS.add(agent)
        _forget_modules(project)
        sys.modules.update(modules)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise _failed(error, project.root, project.app) from error


def _is_of(project: Project, module: str, forgotten: dict[str, ModuleType]) -> bool:
    return module in forgotten or module in project.modules


def _forget_modules(project: Project) -> dict[str, ModuleType]:
    """Take the project's own modules out of sys.modules, so that the next import reads them again."""
    ours = {name: module for name, module in list(sys.modules.items()) if _belongs(name, module, project)}
    for name in ours:
        del sys.modules[name]
    return ours


def _belongs(name: str, module: ModuleType | None, project: Project) -> bool:
    if name in project.modules:
        return True
    if name == "__main__" or name.partition(".")[0] == "flowforge":
        return False
    file = getattr(module, "__file__", None)
    return file is not None and _is_inside(Path(file), project.root)


def _is_inside(file: Path, root: Path) -> bool:
    try:
        inner = file.resolve().relative_to(root)
    except (ValueError, OSError):
        return False
    return not _FOREIGN_PARTS & set(inner.parts)


def _failed(error: BaseException, root: Path, app: str) -> ImportFailed:
    """One sentence with the line in the user's own code that matters."""
    story = _story(error, root)
    where = _place(error, root) or app
    if isinstance(error, SystemExit):
        return ImportFailed(
            f"{where} ended the program while it was imported", story, hint='put such code under  if __name__ == "__main__":'
        )
    if isinstance(error, FlowForgeError):
        return ImportFailed(f"{where}: {error.message}", story, hint=error.hint)
    text = " ".join((error.msg if isinstance(error, SyntaxError) else str(error)).split())
    return ImportFailed(f"{where}: {type(error).__name__}" + (f": {text}" if text else ""), story)


def _story(error: BaseException, root: Path) -> str:
    """The traceback from the first line of the user's own code on."""
    frame = error.__traceback__
    while frame is not None and not _is_inside(Path(frame.tb_frame.f_code.co_filename), root):
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame))


def _place(error: BaseException, root: Path) -> str | None:
    """`app.py:14`: of a syntax error its own place, else the deepest frame inside the project."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno and _is_inside(Path(error.filename), root):
        return f"{_short(Path(error.filename), root)}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_inside(Path(frame.filename), root)]
    return f"{_short(Path(frames[-1].filename), root)}:{frames[-1].lineno}" if frames else None


def _short(file: Path, root: Path) -> str:
    return str(file.resolve().relative_to(root))
