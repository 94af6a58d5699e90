"""Each test is a program that tries to get out, or to take more than it may. They need bubblewrap."""

from __future__ import annotations

import ast
import asyncio
import os
import platform
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from flowforge.sandbox.limits import MIB, SandboxLimits

pytestmark = pytest.mark.thorough

CANARY = "a-secret-of-the-host-4711"


def limits(**given) -> SandboxLimits:
    return SandboxLimits(**{"wall_seconds": 10.0, **given})


async def said(sandbox, source: str, **more) -> str:
    result = await sandbox.run(source=source, **more)
    assert result.ok, result
    return result.stdout.decode().strip()


async def test_it_runs_a_program_and_hands_back_what_it_wrote(sandbox):
    source = (
        "import json, os, sys\n"
        "rows = json.load(open('in/rows.json'))\n"
        "os.makedirs('out')\n"
        "open('out/sum.txt', 'w').write(str(sum(rows)))\n"
        "open('scratch', 'w').write('not asked for')\n"
        "print(sys.argv[1], sys.stdin.read(), os.environ['MODE'], file=sys.stderr)\n"
        "sys.exit(3)"
    )

    result = await sandbox.run(
        ["word"], source=source, files={"in/rows.json": b"[1, 2, 3]"}, outputs=["out/*"], stdin=b"typed", environment={"MODE": "x"}
    )

    assert (result.reason, result.exit, result.ok) == ("ended", 3, False)
    assert (result.stdout, result.stderr) == (b"", b"word typed x\n")
    assert result.files == {"out/sum.txt": b"6"}


async def test_it_reaches_no_address_and_no_name(sandbox):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        source = f"""
import socket
def tries(act):
    try: act(); return 'reached'
    except OSError as error: return type(error).__name__
print(tries(lambda: socket.create_connection(('127.0.0.1', {listener.getsockname()[1]}), 2)),
      tries(lambda: socket.create_connection(('192.0.2.1', 80), 2)),
      tries(lambda: socket.create_connection(('169.254.169.254', 80), 2)),
      tries(lambda: socket.getaddrinfo('example.com', 80)),
      tries(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
      [name for _, name in socket.if_nameindex()])
"""
        assert await said(sandbox, source) == "ConnectionRefusedError OSError OSError gaierror PermissionError ['lo']"


async def test_abstract_sockets_of_the_host_are_not_there(sandbox):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0flowforge-test")
        listener.listen()
        source = (
            "import socket\ntry: socket.socket(socket.AF_UNIX).connect('\\0flowforge-test'); print('reached')\nexcept OSError: print('no')"
        )

        assert await said(sandbox, source) == "no"


async def test_it_sees_no_file_of_this_machine_but_its_programs(sandbox, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    places = ["/etc/passwd", "/etc/shadow", "/etc/hosts", "/root", "/home", "/var", "/tmp/x", "/sys/kernel", "/run", str(secret), __file__]

    source = f"import os\nprint(*[place for place in {places!r} if os.path.exists(place)], sorted(os.listdir('/')))"
    seen = await said(sandbox, source)

    assert ast.literal_eval(seen[seen.index("[") :]) == sorted(
        {"dev", "flowforge", "proc", "tmp", "usr", "work"}
        | {n[1:] for n in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32") if os.path.lexists(n)}
    )
    assert seen.startswith("[")


async def test_it_sees_no_process_of_this_machine(sandbox):
    source = "import os\nprint(sorted(int(name) for name in os.listdir('/proc') if name.isdecimal()))"

    assert len(ast.literal_eval(await said(sandbox, source))) <= 3
    assert str(os.getpid()) not in await said(sandbox, "print(open('/proc/self/status').read())")


async def test_no_variable_of_this_process_is_passed_on(sandbox, monkeypatch):
    monkeypatch.setenv("FLOWFORGE_API_KEY", CANARY)
    source = """
import glob, os
found = str(dict(os.environ))
for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):
    try: found += open(path, errors='replace').read()
    except OSError: pass
print(found)
"""
    seen = await said(sandbox, source)

    assert CANARY not in seen and "FLOWFORGE" not in seen and "'HOME': '/work'" in seen


async def test_it_writes_to_its_work_directory_only(sandbox):
    source = """
import os
for place in ('/', '/usr', '/usr/bin', '/dev', '/dev/shm', '/proc/sys/kernel', '/flowforge', '/bin', '/lib', '/tmp', '/work'):
    try:
        with open(place + '/written', 'w'): print(place)
    except OSError: pass
for path in ('/flowforge/inside.py', '/usr/bin/env', '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger'):
    try:
        with open(path, 'r+'): print(path)
    except OSError: pass
"""
    assert (await said(sandbox, source)).split() == ["/tmp", "/work"]  # of which the first is a link to the second


async def test_it_is_nobody_with_no_rights_and_gains_none(sandbox):
    source = """
import os, subprocess
status = dict(line.split(':\\t', 1) for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)
print(os.getuid(), os.geteuid(), {status[name] for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')}, status['NoNewPrivs'])
for act in (
    lambda: os.setuid(0),
    lambda: os.chroot('/work'),
    lambda: os.mknod('/work/sda', 0o60600, os.makedev(8, 0)),
    lambda: os.nice(-5),
):
    try: act(); print('could')
    except OSError: pass
print(subprocess.run(['unshare', '--user', '--map-root-user', 'true'], stderr=subprocess.DEVNULL).returncode != 0)
print(subprocess.run(['mount', '-t', 'tmpfs', 'none', '/work'], stderr=subprocess.DEVNULL).returncode != 0)
"""
    assert (await said(sandbox, source)).splitlines() == ["65534 65534 {'0000000000000000'} 1", "True", "True"]


async def test_a_setuid_program_gives_it_nothing(sandbox):
    source = """
import glob, os, subprocess
setuid = [path for path in glob.glob('/usr/bin/*') + glob.glob('/usr/sbin/*') if os.path.isfile(path) and os.stat(path).st_mode & 0o4000]
uids = {os.stat(path).st_uid for path in setuid}
print(len(setuid) >= 0, 0 in uids, subprocess.run(['su', '-c', 'id -u'], capture_output=True, text=True).stdout.strip() or 'no')
"""
    assert await said(sandbox, source) == "True False no"  # files of root are nobody's in there


async def test_it_cannot_signal_or_trace_a_process_of_the_host(sandbox):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as victim:
        source = f"""
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
try: os.kill({victim.pid}, signal.SIGKILL); print('killed')
except OSError: print('no')
print('no' if libc.ptrace(16, {victim.pid}, 0, 0) == -1 else 'traced')
try: os.kill(-1, 0)
except OSError: pass
"""
        assert (await said(sandbox, source)).split() == ["no", "no"]
        assert victim.poll() is None
        victim.communicate(b"\n")


async def test_it_cannot_trace_even_itself_nor_make_the_calls_that_kernels_were_broken_by(sandbox):
    source = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    ctypes.set_errno(0)
    return libc.syscall(*arguments) == -1 and errno.errorcode[ctypes.get_errno()]
traced = libc.ptrace(0, 0, 0, 0) == -1
print(traced, call(425, 1, 0), call(438, 0, 0, 0), call(442, 0, 0, 0, 0, 0), call(39 if %r == 'x86_64' else 172) is False)
"""
    assert await said(sandbox, source % platform.machine()) == "True EPERM EPERM EPERM True"


async def test_a_fork_bomb_is_small(sandbox):
    source = """
import os, time
made = 0
try:
    while True:
        if os.fork() == 0: time.sleep(60)
        made += 1
except OSError: print(made)
"""
    assert int(await said(sandbox, source, limits=limits(processes=10))) == 9


async def test_a_fork_bomb_that_spreads_ends_with_its_time(sandbox):
    result = await sandbox.run(source="import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", limits=limits(wall_seconds=0.5))

    assert result.reason in ("time", "memory")
    assert processes_of_the_sandbox() == []


async def test_a_process_that_wants_too_much_memory_gets_none(sandbox):
    result = await sandbox.run(source="x = bytearray(400 * 1024 * 1024)", limits=limits(memory_bytes=64 * MIB))

    assert result.reason == "ended" and result.exit == 1 and b"MemoryError" in result.stderr


async def test_many_processes_do_not_get_more_memory_than_one(sandbox):
    source = (
        "import os, time\nfor _ in range(8):\n  if os.fork() == 0:\n    x = bytearray(40 * 1024 * 1024); time.sleep(60)\ntime.sleep(60)"
    )

    result = await sandbox.run(source=source, limits=limits(memory_bytes=128 * MIB))

    assert result.reason == "memory" and result.exit is None and result.seconds < 5


async def test_one_that_spins_runs_out_of_processor_time(sandbox):
    result = await sandbox.run(source="while True: pass", limits=limits(cpu_seconds=1))

    assert result.reason == "cpu"


async def test_one_that_ignores_the_warning_is_ended_all_the_same(sandbox):
    source = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"

    assert (await sandbox.run(source=source, limits=limits(cpu_seconds=1))).reason == "cpu"


async def test_one_that_sleeps_for_ever_runs_out_of_time(sandbox):
    result = await sandbox.run(
        source="import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('here', flush=True)\ntime.sleep(9999)",
        limits=limits(wall_seconds=0.4),
    )

    assert (result.reason, result.exit, result.stdout) == ("time", None, b"here\n")
    assert result.seconds < 3
    assert processes_of_the_sandbox() == []


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_endless_output_is_cut_off(sandbox, stream):
    result = await sandbox.run(source=f"import sys\nwhile True: sys.{stream}.write('x' * 65536)", limits=limits(output_bytes=100_000))

    assert result.reason == "output" and len(getattr(result, stream)) == 100_000
    assert processes_of_the_sandbox() == []


async def test_nothing_it_leaves_running_outlives_it(sandbox):
    source = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True: time.sleep(0.01); open('/work/late', 'w').write('x')
    os._exit(0)
os.wait()
"""
    result = await sandbox.run(source=source)

    assert result.ok and result.seconds < 5
    assert processes_of_the_sandbox() == []


async def test_one_that_kills_all_it_can_takes_nobody_with_it(sandbox):
    result = await sandbox.run(source="import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(-1, signal.SIGKILL)")

    assert result.reason == "broken" and result.files == {}


async def test_the_work_directory_has_an_end(sandbox):
    source = """
written = 0
try:
    for number in range(100):
        with open(f'{number}', 'wb') as file: written += file.write(bytes(1024 * 1024))
except OSError as error: print(written // 1024 // 1024 <= 8, error.strerror)
"""
    assert await said(sandbox, source, limits=limits(work_bytes=8 * MIB)) == "True No space left on device"


async def test_a_flood_of_empty_files_is_ended(sandbox):
    result = await sandbox.run(source="n = 0\nwhile True:\n  open(str(n), 'w').close(); n += 1", limits=limits(work_files=500))

    assert result.reason == "files" and result.files == {}


async def test_links_out_of_the_work_directory_are_not_followed(sandbox):
    source = """
import os
os.symlink('/etc/passwd', 'passwd.txt'); os.symlink('/proc/self/environ', 'environ.txt'); os.symlink('/', 'root')
os.mkfifo('pipe.txt'); os.link('/work/real.txt', 'twin.txt') if os.path.exists('real.txt') else None
open('real.txt', 'w').write('mine')
"""
    result = await sandbox.run(source=source, outputs=["*"])

    assert result.ok and result.files == {"real.txt": b"mine"}


async def test_files_that_are_too_large_to_hand_back_are_not(sandbox):
    source = "import os\nopen('big', 'w').truncate(50 * 1024 * 1024)\nopen('small', 'w').write('x')"

    result = await sandbox.run(source=source, outputs=["*"], limits=limits(returned_bytes=1 * MIB))

    assert result.reason == "files" and result.files == {}


async def test_a_file_name_that_leads_out_is_not_handed_back(sandbox):
    result = await sandbox.run(source="open('a\\\\..\\\\b', 'w').write('x')", outputs=["*"])

    assert result.reason == "broken" and result.files == {}


async def test_a_cancelled_run_leaves_nothing(sandbox):
    running = asyncio.create_task(sandbox.run(source="import time\ntime.sleep(9999)"))
    while not processes_of_the_sandbox():
        await asyncio.sleep(0)

    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert processes_of_the_sandbox() == []


async def test_when_its_worker_is_killed_it_ends():
    program = "import asyncio\nfrom flowforge.sandbox.sandbox import Sandbox\nasyncio.run(Sandbox().run(['sleep', '9999']))"
    with subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[2]) as worker:
        while not (left := processes_of_the_sandbox("sleep")):
            await asyncio.sleep(0)
        worker.kill()
    async with asyncio.timeout(10):
        while any(is_running(process) for process in left):
            await asyncio.sleep(0)


async def test_many_at_once_are_each_in_a_sandbox_of_their_own(sandbox):
    results = await asyncio.gather(*(sandbox.run(source=f"open('x', 'x').write('{n}')\nprint(open('x').read())") for n in range(12)))

    assert [result.stdout.strip() for result in results] == [str(n).encode() for n in range(12)]


def processes_of_the_sandbox(word: str = "/flowforge/inside.py") -> list[int]:
    """Processes that this one or its children have started, which have that word in their command line."""
    found = []
    for name in os.listdir("/proc"):
        with suppress(OSError, ValueError):
            words = Path(f"/proc/{int(name)}/cmdline").read_bytes().split(b"\0")
            if word.encode() in words and _is_below(int(name), os.getpid()):
                found.append(int(name))
    return found


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _is_below(process: int, ancestor: int) -> bool:
    while process > 1:
        if process == ancestor:
            return True
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return False
