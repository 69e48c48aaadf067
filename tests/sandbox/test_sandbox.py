"""The wall around student code: what works inside, what cannot be reached, what is contained.

Most kernels here come from a fork server without TensorFlow, which is ready in two seconds.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import dataclasses
import errno
import os
import queue
import re
import signal
import site
import socket
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import nbclient
import nbformat
import pytest
import zmq

from autograder.course import COURSE_ROOT
from autograder.execution.course_policy import course_policy
from autograder.sandbox import (
    SandboxedKernel,
    SandboxError,
    SandboxPolicy,
    UnsafeFileError,
    explain_error,
    launcher,
    mounts,
    seccomp,
    syscalls,
)
from autograder.sandbox.manager import (
    SandboxedKernelManager,
    blocking_client,
    sandboxed_kernel_manager,
)
from autograder.sandbox.policy import GIB, KERNEL_IMPORTS, MIB, plain_size

pytestmark = pytest.mark.kernel

LIGHT = dataclasses.replace(
    course_policy(),
    data=None,
    imports=("numpy", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell"),
    memory_bytes=512 * MIB,
    disk_bytes=64 * MIB,
    file_bytes=16 * MIB,
    processes=64,
    idle_seconds=30,
)


# How long anything may take, on the wall: nothing here is about speed.
PATIENCE = 300


class Notebook:
    """A kernel and a client that runs one cell after the other."""

    def __init__(self, kernel: SandboxedKernel) -> None:
        self.kernel = kernel
        self.client = blocking_client(kernel)

    def send(self, code: str) -> None:
        self.client.execute(textwrap.dedent(code))

    def finish(self, until: str | None = None) -> str:
        """Return the text of the running cell, with the error as its last line.

        Args:
            until: Return when the cell has printed this, while it goes on.
        """
        text = ""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                if not self.kernel.is_alive():
                    return text + "(the kernel ended)"
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                text += content["text"]
                if until is not None and until in text:
                    return text
            elif message["msg_type"] == "error":
                text += f"\n{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "display_data":
                text += f"\n{sorted(content['data'])}"
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return text
        raise AssertionError(f"the cell did not finish in {PATIENCE} seconds: {text[-500:]}")

    def run(self, code: str) -> str:
        self.send(code)
        return self.finish()


@contextlib.contextmanager
def notebook(policy: SandboxPolicy = LIGHT, workdir: Path | None = None) -> Iterator[Notebook]:
    with SandboxedKernel(policy, workdir) as kernel:
        running = Notebook(kernel)
        try:
            yield running
        finally:
            running.client.stop_channels()


@pytest.fixture(scope="module")
def shared() -> Iterator[Notebook]:
    """One kernel for the tests that leave nothing behind."""
    with notebook() as running:
        running.run("import os, socket, sys")
        yield running


def wait_until(condition) -> bool:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def server_of(kernel: SandboxedKernel) -> int:
    credentials = kernel._started.connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return struct.unpack("3i", credentials)[0]


def alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2][:3]
    except (FileNotFoundError, ProcessLookupError):  # gone before, or while it was looked at
        return False


# -- what works ---------------------------------------------------------------------------------


def test_a_kernel_trains_with_tensorflow_and_shows_plots_through_nbclient(tmp_path):
    (tmp_path / "numbers.txt").write_text("1 2 3")
    cells = [
        """
        import tensorflow as tf
        print(float(tf.constant(20.0) + 22), open("numbers.txt").read())""",
        """
        import keras, numpy as np
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        history = model.fit(np.ones((32, 4)), np.ones(32), epochs=2, verbose=0)
        print(len(history.history["loss"]))""",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        """
        import os, gan_helpers
        with open(os.environ["GAN_HELPERS_EVIDENCE"] + "/q.json", "w") as file:
            file.write("{}")""",
    ]
    cells = [nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in cells]
    book = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "julia-1.9", "display_name": "Julia"}}
    )
    manager = sandboxed_kernel_manager(course_policy(), tmp_path)
    runner = nbclient.NotebookClient(book, km=manager, timeout=PATIENCE)

    async def run() -> None:
        async with runner.async_setup_kernel():
            for index, cell in enumerate(cells):
                await runner.async_execute_cell(cell, index)
            await manager.shutdown_kernel(now=True)
            runner.kc.stop_channels()

    asyncio.run(run())
    printed = "".join(output.get("text", "") for output in cells[0].outputs)
    assert "42.0" in printed and "1 2 3" in printed
    assert cells[1].outputs[0].text == "2\n"
    assert "image/png" in cells[2].outputs[0].data
    # After the kernel's end its files and use are still there.
    assert manager.sandbox.read_file("evidence/q.json", 100) == b"{}"
    assert manager.sandbox.cpu_seconds() > 0
    assert manager.sandbox.peak_memory() > 100 * MIB
    assert 0 < manager.sandbox.use().sockets < 100
    assert manager.sandbox.limit_report() == []
    manager.sandbox.close()


def test_nbclient_starts_and_ends_a_kernel_by_class(tmp_path):
    class LightManager(SandboxedKernelManager):
        def _policy_default(self):
            return LIGHT

    (tmp_path / "given.txt").write_text("given")
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("print(open('given.txt').read())")]
    )
    runner = nbclient.NotebookClient(
        book,
        kernel_manager_class=LightManager,
        kernel_name="no-such-kernel",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    runner.execute()
    assert book.cells[0].outputs[0].text == "given\n"


def test_a_restarted_kernel_starts_afresh():
    manager = sandboxed_kernel_manager(LIGHT)

    async def run() -> None:
        await manager.start_kernel()
        first = manager.sandbox
        assert await manager.is_alive()
        await manager.restart_kernel(now=True)
        assert manager.sandbox is not first and not first.is_alive()
        assert await manager.is_alive()
        await manager.shutdown_kernel(now=True)
        assert not await manager.is_alive()

    asyncio.run(run())
    manager.sandbox.close()


def test_a_flood_of_output_is_not_taken_in():
    with notebook(dataclasses.replace(LIGHT, message_bytes=MIB)) as running:
        running.send("print('x' * 3 * 2**20)")
        running.client.get_shell_msg(timeout=PATIENCE)
        with pytest.raises(queue.Empty):
            while True:
                message = running.client.get_iopub_msg(timeout=1)
                assert len(str(message["content"])) < MIB
        assert running.kernel.is_alive()


def test_few_messages_wait_in_the_memory_of_any_grader():
    # Of this context plain nbgrader's sockets are made as well.
    manager = SandboxedKernelManager()
    with manager.context.socket(zmq.SUB) as channel:
        assert channel.rcvhwm == 16
        assert channel.maxmsgsize == manager.policy.message_bytes


def test_cells_keep_their_state_and_shell_commands_work(shared):
    assert shared.run("a = 20") == ""
    assert "42" in shared.run("print(a + 22)")
    assert "hello" in shared.run("!echo hello")


def test_inputs_leave_out_links_and_evidence(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.txt").write_text("x")
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "forged.json").write_text("{}")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "linked").symlink_to("/etc")
    with notebook(workdir=tmp_path) as running:
        text = running.run("import glob; print(sorted(glob.glob('**', recursive=True)))")
        running.run("open('data/x.txt', 'w').write('changed')")
        assert running.kernel.read_file("data/x.txt", 100) == b"changed"
    assert text.strip() == "['data', 'data/x.txt', 'evidence']"
    assert (tmp_path / "data" / "x.txt").read_text() == "x"


def test_inputs_that_do_not_fit_are_refused_in_one_sentence(tmp_path):
    with open(tmp_path / "large.bin", "wb") as file:
        file.truncate(LIGHT.disk_bytes + 1)
    with pytest.raises(SandboxError, match="too many or too large: at most 5000 files and 64 MiB"):
        SandboxedKernel(LIGHT, tmp_path).start()


# -- what cannot be seen ------------------------------------------------------------------------


def test_only_the_needed_folders_are_visible(shared):
    root = COURSE_ROOT
    hidden = [
        root / "autograder",
        root / ".git",
        root / "pyproject.toml",
        root / "source",
        root / "gradebook.db",
        root / "submitted",
        Path.home() / ".bashrc",
        Path("/var/log"),
        Path("/etc/shadow"),
        Path("/sys"),
        launcher.private_folder(),
        *launcher.private_folder().glob("*.sock"),
    ]
    text = shared.run(
        f"import os; print([p for p in {[str(p) for p in hidden]} if os.path.exists(p)])"
    )
    assert text.strip() == "[]"
    text = shared.run(f"print(sorted(set(os.listdir({str(root)!r})) - {{'.venv'}}))")
    assert text.strip() == "['gan_helpers']"
    assert "autograder" not in shared.run("print(sorted(sys.modules))")
    assert "ModuleNotFoundError" in shared.run("import autograder")


def test_only_own_processes_are_visible(shared):
    text = shared.run("print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()))")
    assert text.strip() == "[1, 2]"


def test_the_environment_is_scrubbed(monkeypatch):
    monkeypatch.setenv("GRADER_SECRET", "sesame")
    environment = {**LIGHT.environment, "COURSE": "gan"}
    policy = dataclasses.replace(LIGHT, environment=environment)
    with notebook(policy) as running:
        text = running.run(
            """
            import os
            everything = str(dict(os.environ)) + open("/proc/self/environ").read()
            print("sesame" in everything, "GRADER_SECRET" in everything)
            print(os.environ["GAN_HELPERS_BUDGET"], os.environ["NBGRADER_EXECUTION"])
            print(os.environ["COURSE"], os.environ["TF_NUM_INTRAOP_THREADS"], os.environ["HOME"])
            """
        )
    assert text.split() == "False False grading autograde gan 1 /tmp".split()


def test_there_is_no_network(shared):
    assert shared.run("print(socket.if_nameindex())").strip() in (
        "[(1, 'lo')]",
        "OSError: [Errno 22] Invalid argument",
    )
    assert "lo" in (devices := shared.run("print(open('/proc/net/dev').read())"))
    assert devices.count(":") == 1
    text = shared.run("socket.create_connection(('192.0.2.1', 80), timeout=5)")
    assert "Network is unreachable" in text
    assert "network" in explain_error("OSError", text, LIGHT)
    for family in ("AF_VSOCK", "AF_NETLINK", "AF_PACKET"):
        assert "Error" in shared.run(f"socket.socket(socket.{family}, socket.SOCK_DGRAM)")


# -- what cannot be done ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "folder",
    ["/", "/usr", "/etc", "/home", "/run/kernel", "/proc/sys/kernel",
     sys.prefix, str(COURSE_ROOT), str(COURSE_ROOT / "gan_helpers")],
)  # fmt: skip
def test_nothing_outside_the_own_folders_can_be_written(shared, folder):
    text = shared.run(f"open({folder + '/new.txt'!r}, 'w')")
    assert re.search("Read-only file system|Permission denied|No such file", text)
    assert not Path(folder, "new.txt").exists()


def test_the_channels_cannot_be_replaced(shared):
    text = shared.run("os.rename('/run/kernel/k-1', '/tmp/k-1')")
    assert re.search("Read-only file system|Invalid cross-device link", text)
    assert "Read-only" in shared.run("os.unlink('/run/kernel/k-2')")
    assert "Read-only" in shared.run("os.symlink('/', '/run/kernel/k-6')")


def test_no_right_is_left(shared):
    status = shared.run("print(open('/proc/self/status').read())")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert re.search(rf"^{name}:\s+0+$", status, re.M), name
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)
    assert re.search(r"^Seccomp:\s+2$", status, re.M)
    assert re.search(r"^Groups:\s*$", status, re.M) or os.geteuid() != 0


def test_forbidden_calls_fail(shared):
    shared.run(
        """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        def call(name, *arguments):
            result = getattr(libc, name)(*arguments)
            print(name, "allowed" if result >= 0 else os.strerror(ctypes.get_errno()))
        """
    )
    text = shared.run(
        """
        call("ptrace", 16, 1, 0, 0)
        call("unshare", 0x10000000)
        call("mount", b"none", b"/tmp", b"tmpfs", 0, None)
        call("memfd_create", b"x", 0)
        call("shmget", 0, 4096, 0o1600)
        call("setns", 0, 0)
        call("syscall", 425, 4, None)
        call("syscall", 435, None, 0)
        """
    )
    assert "allowed" not in text
    assert text.count("Operation not permitted") == 7
    assert "Function not implemented" in text
    assert "Error" in shared.run("open('/proc/1/mem', 'rb').read(1)")


def test_the_fork_server_cannot_be_reached(shared):
    server = server_of(shared.kernel)
    text = shared.run(f"os.kill({server}, 9)")
    assert "ProcessLookupError" in text
    with notebook() as victim, notebook() as attacker:
        attacker.run("import contextlib, os")
        # Signal 9 to everything: the namespace's init process is immune, and there is no more.
        for target in (-1, 1):
            attacker.run(f"with contextlib.suppress(ProcessLookupError): os.kill({target}, 9)")
        assert attacker.run("print('still here')").strip() == "still here"
        assert victim.run("print(6 * 7)").strip() == "42"
    assert alive(server)


# -- limits -------------------------------------------------------------------------------------


def test_a_memory_bomb_raises_in_the_kernel(shared):
    text = shared.run("import numpy; numpy.ones(200_000_000)")
    assert "MemoryError" in text
    assert "512 MiB of memory" in explain_error("MemoryError", text, LIGHT)
    assert shared.run("print('still usable')").strip() == "still usable"


def test_memory_of_many_processes_is_counted_together():
    with notebook() as running:
        text = running.run(
            """
            import os, time
            for _ in range(8):
                if os.fork() == 0:
                    block = b"x" * (200 * 2**20)
                    time.sleep(3600)
            time.sleep(3600)
            """
        )
        assert "(the kernel ended)" in text
        assert running.kernel.exit_code() == 137
        assert running.kernel.limit_report() == [
            "The notebook used more than 512 MiB of memory and was stopped."
        ]


@pytest.mark.parametrize(
    ("bomb", "report"),
    [
        # Each pair of sockets holds some hundred KiB that no process owns.
        (
            """
            import os, socket
            while os.fork(): pass
            held = []
            while True:
                held.append(socket.socketpair())
                for end in held[-1]:
                    end.setblocking(False)
                    try:
                        while True: end.send(bytes(65536))
                    except BlockingIOError:
                        pass
            """,
            "more than 500 sockets open and was stopped",
        ),
        # One byte read every two MiB costs a page of page table and none of memory.
        (
            """
            import mmap
            held = []
            while True:
                held.append(mmap.mmap(-1, 2**36, mmap.MAP_PRIVATE, mmap.PROT_READ))
                for place in range(0, 2**36, 2**21):
                    held[-1][place]
            """,
            "more than 512 MiB of memory and was stopped",
        ),
        (
            """
            import mmap
            held = []
            while True:
                held.append(mmap.mmap(-1, 2**24))
                held[-1].write(bytes(2**24))
            """,
            "more than 512 MiB of memory and was stopped",
        ),
    ],
    ids=["sockets", "page tables", "shared memory"],
)
def test_memory_hidden_from_the_process_is_counted(bomb, report):
    with notebook() as running:
        assert "(the kernel ended)" in running.run(bomb)
        assert report in running.kernel.limit_report()[0]


def test_a_fork_bomb_is_contained_and_named():
    with notebook() as running:
        running.send(
            """
            import os, time
            while True:
                try:
                    os.fork()
                except BlockingIOError:
                    time.sleep(0.05)
            """
        )
        assert wait_until(running.kernel.limit_report)
        assert running.kernel.limit_report() == [
            "The notebook reached the limit of 64 processes and threads."
        ]
        assert running.kernel.use().tasks <= 66
        running.kernel.kill()
        assert not running.kernel.is_alive()


def test_a_disk_bomb_is_contained_and_named():
    with notebook() as running:
        text = running.run("open('large', 'wb').write(bytes(32 * 2**20))")
        assert "File too large" in text
        assert "16 MiB" in explain_error("OSError", text, LIGHT)
        text = running.run(
            """
            for number in range(10):
                for folder in ("/submission", "/tmp", "/dev/shm"):
                    with open(f"{folder}/{number}", "wb") as file:
                        file.write(bytes(4 * 2**20))
            """
        )
        assert "No space left on device" in text
        assert "64 MiB" in explain_error("OSError", text, LIGHT)
        assert wait_until(running.kernel.limit_report)
        assert running.kernel.limit_report() == [
            "The notebook filled the 64 MiB of disk space it may use."
        ]


def test_many_small_files_and_many_open_files_are_limited():
    with notebook(dataclasses.replace(LIGHT, files=200, open_files=128)) as running:
        text = running.run("for n in range(500): open(f'f{n}', 'w').close()")
        assert "No space left on device" in text
        text = running.run("held = [open('/dev/null') for _ in range(500)]")
        assert "Too many open files" in text
        assert "128 files open" in explain_error("OSError", text, running.kernel.policy)


def test_processor_time_is_limited_over_all_processes():
    with notebook(dataclasses.replace(LIGHT, cpu_seconds=3)) as running:
        text = running.run("import os; os.fork()\nwhile True: pass")
        assert "(the kernel ended)" in text
        assert running.kernel.limit_report() == [
            "The notebook used more than 3 seconds of processor time and was stopped."
        ]
        assert running.kernel.cpu_seconds() >= 3


# -- the end of a kernel ------------------------------------------------------------------------


def test_daemons_die_with_their_kernel():
    with notebook() as running:
        running.run(
            """
            import os, signal, time
            if os.fork() == 0:
                os.setsid()
                if os.fork():
                    os._exit(0)
                for number in range(1, 65):
                    try: signal.signal(number, signal.SIG_IGN)
                    except (OSError, ValueError): pass
                while True:
                    open("/submission/beat", "w").write(str(time.time()))
                    time.sleep(0.05)
            """
        )
        kernel = running.kernel
        assert wait_until(lambda: "beat" in kernel.list_files())
        init = kernel.init_process
        kernel.kill()
        assert not alive(init)
        before = kernel.read_file("beat", 100)
        time.sleep(0.3)
        assert kernel.read_file("beat", 100) == before


def test_a_kernel_that_ends_itself_is_seen():
    with notebook() as running:
        assert "ended" in running.run("import os; os._exit(7)")
        assert running.kernel.exit_code() == 7
        assert running.kernel.limit_report() == []
    with notebook() as running:
        assert "ended" in running.run("import ctypes; ctypes.string_at(0)")
        assert running.kernel.exit_code() == 128 + signal.SIGSEGV


def test_interrupts_work_and_those_who_swallow_them_can_be_killed():
    with notebook() as running:
        running.send("import time\nprint('go', flush=True)\ntime.sleep(3600)")
        running.finish(until="go")
        running.kernel.interrupt()
        assert "KeyboardInterrupt" in running.finish()
        running.send(
            """
            word = "go"
            while True:
                try:
                    print(word, flush=True)
                    time.sleep(3600)
                except BaseException:
                    word = "swallowed"
            """
        )
        running.finish(until="go")
        running.kernel.interrupt()
        running.finish(until="swallowed")
        assert running.kernel.is_alive()
        running.kernel.kill()
        assert not running.kernel.is_alive()
        assert running.kernel.limit_report() == []


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {repository!r})
from autograder.sandbox import SandboxedKernel, SandboxPolicy
from autograder.sandbox.manager import blocking_client
policy = SandboxPolicy.from_json({policy!r})
"""


def run_child(code: str, policy: SandboxPolicy = LIGHT, **options) -> subprocess.Popen:
    """Start another grading process."""
    head = CHILD.format(repository=str(COURSE_ROOT), policy=policy.to_json())
    return subprocess.Popen(
        [sys.executable, "-c", head + textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def test_a_kernel_dies_with_its_grader():
    grader = run_child(
        """
        kernel = SandboxedKernel(policy)
        kernel.start()
        print(kernel.init_process, flush=True)
        import time; time.sleep(3600)
        """
    )
    init = int(grader.stdout.readline())
    assert alive(init)
    grader.kill()
    grader.wait()
    grader.stdout.close()
    assert wait_until(lambda: not alive(init))


# -- another course -----------------------------------------------------------------------------


@pytest.fixture
def other_course(tmp_path: Path) -> Path:
    """A course about something else, with a package, and secrets beside it."""
    package = tmp_path / "course" / "heathelp"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("CELSIUS = 273.15")
    (package / "units.py").write_text("from heathelp import CELSIUS\n\nboiling = CELSIUS + 100")
    (tmp_path / "course" / "answers.py").write_text("secret = 1")
    return tmp_path / "course"


def test_another_course_gets_its_own_kernels_by_a_policy_alone(other_course, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    data = tmp_path / "measured"
    data.mkdir()
    (data / "heat.csv").write_text("20.5")
    policy = SandboxPolicy(
        packages=(other_course / "heathelp",),
        imports=(*KERNEL_IMPORTS, "heathelp.units"),
        environment={"HEAT_MODE": "marking"},
        outputs="answers",
        outputs_variable="HEAT_ANSWERS",
        data=data,
        data_variable="HEAT_DATA",
        memory_bytes=512 * MIB,
        idle_seconds=1,
    )
    with notebook(policy) as running:
        text = running.run(
            """
            import os, sys
            print("heathelp.units" in sys.modules)
            import heathelp.units
            print(heathelp.units.boiling, os.environ["HEAT_MODE"])
            print(open(os.environ["HEAT_DATA"] + "/heat.csv").read(), os.environ["HEAT_ANSWERS"])
            print(sorted(os.listdir(os.path.dirname(os.path.dirname(heathelp.__file__)))))
            with open(os.environ["HEAT_ANSWERS"] + "/q1.txt", "w") as file:
                file.write("373.15")
            """
        )
        assert text.split("\n") == [
            "True",
            "373.15 marking",
            "20.5 /submission/answers",
            "['heathelp']",
            "",
        ]
        assert running.kernel.read_file("answers/q1.txt", 100) == b"373.15"
        assert "Read-only" in running.run("open(heathelp.__file__, 'w')")
        for module in ("answers", "gan_helpers", "autograder"):
            assert "ModuleNotFoundError" in running.run(f"import {module}")
        text = running.run(
            """
            words = ("tensorflow", "keras", "GAN_HELPERS", "NBGRADER", "TF_")
            print([name for name in [*sys.modules, *os.environ] if name.startswith(words)])
            """
        )
        assert text.strip() == "[]"


def test_no_word_of_a_course_is_in_the_package():
    words = re.compile(r"gan_helpers|nbgrader|tensorflow|keras|student|evidence|course", re.I)
    for path in Path(mounts.__file__).parent.glob("*.py"):
        word = words.search(path.read_text())
        assert word is None, f"{path.name}: {word}"


# -- the fork server ----------------------------------------------------------------------------


def test_kernels_of_two_processes_run_side_by_side(shared):
    grader = run_child(
        """
        with SandboxedKernel(policy) as kernel:
            client = blocking_client(kernel)
            client.execute_interactive("open('mine', 'w').write('1'); print('another process')")
            print(kernel.list_files(), flush=True)
            sys.stdin.read()
        """,
        stdin=subprocess.PIPE,
    )
    with notebook() as left, notebook() as right:
        assert grader.stdout.readline() == "another process\n"
        assert grader.stdout.readline() == "['mine']\n"
        left.run("open('/submission/mine', 'w').write('1'); open('/tmp/mine', 'w')")
        text = right.run("import os; print(os.listdir('/submission'), os.path.exists('/tmp/mine'))")
        assert text.strip() == "['evidence'] False"
        assert server_of(left.kernel) == server_of(right.kernel) == server_of(shared.kernel)
    assert grader.communicate("")[0] == ""
    assert grader.returncode == 0


def test_a_killed_server_is_replaced_and_its_kernels_go_on(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with notebook() as before:
        first = server_of(before.kernel)
        with notebook() as again:
            assert server_of(again.kernel) == first
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: not alive(first))
        with notebook() as after:
            second = server_of(after.kernel)
            assert second != first
            assert after.run("print(1 + 1)").strip() == "2"
        assert before.run("print(2 + 2)").strip() == "4"
    os.kill(second, signal.SIGTERM)


def test_an_idle_server_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with SandboxedKernel(dataclasses.replace(LIGHT, idle_seconds=1)) as kernel:
        server = server_of(kernel)
        time.sleep(3)
        assert alive(server)
    assert wait_until(lambda: not alive(server))
    assert not list(launcher.private_folder().glob("*.sock"))


def test_the_key_follows_the_content_of_what_is_imported(tmp_path, monkeypatch):
    package = tmp_path / "helpers"
    package.mkdir()
    (package / "data.py").write_text("a = 1")
    policy = SandboxPolicy(packages=(package,), imports=("helpers.data",))
    first = launcher.server_key(policy)
    assert launcher.server_key(dataclasses.replace(policy, memory_bytes=GIB)) == first
    assert launcher.server_key(dataclasses.replace(policy, threads=2)) != first
    (package / "data.py").write_text("a = 2")
    assert launcher.server_key(policy) != first
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path)])
    third = launcher.server_key(policy)
    (tmp_path / "numpy-9.dist-info").mkdir()
    assert launcher.server_key(policy) != third, "another version of an installed package"


def test_a_private_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = launcher.private_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    with pytest.raises(SandboxError, match="permissions 0700"):
        launcher.private_folder()


def test_a_failing_import_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    policy = dataclasses.replace(LIGHT, imports=(*LIGHT.imports, "no_such_module"))
    with pytest.raises(SandboxError, match="No module named 'no_such_module'"):
        SandboxedKernel(policy).start()


def test_a_process_with_threads_is_never_forked():
    process = run_child(
        """
        import threading, time
        from autograder.sandbox import forkserver
        forkserver.import_all(["json"])
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
        forkserver.import_all(["json"])
        """
    )
    text = process.communicate(timeout=PATIENCE)[0]
    assert "RuntimeError: importing json started 1 threads" in text


# -- files --------------------------------------------------------------------------------------


def test_read_file_takes_plain_files_only():
    with notebook() as running:
        error = running.run(
            """
            import os
            os.makedirs("folder/deep")
            open("folder/deep/plain.txt", "w").write("plain")
            os.symlink("/etc/passwd", "link")
            os.symlink("/etc", "linked")
            os.symlink("folder", "inner")
            os.mkfifo("pipe")
            open("large", "wb").write(bytes(1000))
            open("closed", "w").write("x"); os.chmod("closed", 0)
            """
        )
        assert error == ""
        kernel = running.kernel
        assert kernel.read_file("folder/deep/plain.txt", 100) == b"plain"
        assert kernel.list_files("folder/deep") == ["plain.txt"]
        assert kernel.list_files() == ["closed", "large"]
        assert kernel.list_files("nowhere") == []
        for path in ("link", "linked/passwd", "inner/deep/plain.txt", "pipe", "folder", "large"):
            with pytest.raises(UnsafeFileError):
                kernel.read_file(path, 999)
        for path in ("/etc/passwd", "../etc/passwd", "folder/../large", "", "a//b", "./large"):
            with pytest.raises(UnsafeFileError, match="not a plain path"):
                kernel.read_file(path, 999)
        with pytest.raises(UnsafeFileError):
            kernel.list_files("linked")
        with pytest.raises(UnsafeFileError, match="more than 1 files"):
            kernel.list_files(max_files=1)
        with pytest.raises(FileNotFoundError, match="wrote no file nothing.txt"):
            kernel.read_file("nothing.txt", 100)
        assert len(kernel.read_file("large", 1000)) == 1000


# -- without a wall, and other accounts ---------------------------------------------------------


def test_without_namespaces_nothing_is_run(tmp_path):
    # The kernels' own filter stands in for a machine that allows no namespaces.
    grader = run_child(
        """
        from autograder.sandbox import SandboxError, syscalls, seccomp
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        syscalls.set_seccomp(seccomp.program())
        try:
            SandboxedKernel(policy).start()
        except SandboxError as error:
            print(error)
        """,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    text = grader.communicate(timeout=PATIENCE)[0]
    assert text.startswith("No kernel was started: this machine does not let the sandbox wall off")
    assert 'SandboxPolicy(isolation="none")' in text


def test_the_risk_can_be_accepted_explicitly():
    with notebook(dataclasses.replace(LIGHT, isolation="none")) as running:
        kernel = running.kernel
        assert running.run("print(6 * 7)").strip() == "42"
        running.run("import os; open('mine', 'w').write('1')\nif os.fork() == 0:\n  while 1: pass")
        assert kernel.read_file("mine", 10) == b"1"
        kernel.kill()
        assert not kernel.is_alive()


def test_an_ordinary_user_gets_the_same_wall(tmp_path):
    """An account without any capability, as grading users mostly are."""
    grader = run_child(
        """
        import os
        from autograder.sandbox import syscalls
        user, group = os.geteuid(), os.getegid()  # Linux lets nobody pass account 0 on
        syscalls.unshare(syscalls.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"1001 {user} 1")
        Path("/proc/self/gid_map").write_text(f"1001 {group} 1")
        syscalls.drop_capabilities()
        with SandboxedKernel(policy) as kernel:
            client = blocking_client(kernel)
            client.execute_interactive(
                "import os; print(os.getuid(), sorted(os.listdir('/')), flush=True)"
            )
            client.execute_interactive("os.kill(1, 9); open('/usr/x', 'w')")
            client.execute_interactive("open('mine', 'w').write('1'); print(os.nice(0))")
            use = kernel.use(memory=True)
            print(kernel.read_file("mine", 10), use.memory >= use.private > 0, use.sockets > 0)
            kernel.interrupt()
            kernel.kill()
            print(kernel.exit_code())
        """,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    text = grader.communicate(timeout=PATIENCE)[0]
    assert grader.returncode == 0, text
    account, _, folders = text.split("\n", 1)[0].partition(" ")
    assert account == "1000", text
    names = set(ast.literal_eval(folders))
    assert {"bin", "dev", "etc", "proc", "submission", "tmp", "usr"} <= names, text
    # The rest of the top level is there only as the way to what a run has to read.
    places = [Path(sys.prefix), Path(sys.base_prefix), Path(__file__)]
    ways = {place.resolve().parts[1] for place in places} | {"lib", "lib64", "sbin", "run"}
    assert names <= {"bin", "dev", "etc", "proc", "submission", "tmp", "usr"} | ways, text
    assert "Read-only file system" in text
    assert "b'1' True True" in text
    assert text.endswith("137\n")


# -- plain values -------------------------------------------------------------------------------


def test_policies_check_their_values_and_survive_json():
    for change in ({"isolation": "some"}, {"processes": 3}, {"memory_bytes": 1}, {"threads": 0}):
        with pytest.raises(ValueError, match=next(iter(change))):
            SandboxPolicy(**change)
    policy = SandboxPolicy(data=Path("/usr"), read_only=(Path("/usr/share"),))
    assert SandboxPolicy.from_json(policy.to_json()) == policy
    with pytest.raises(ValueError, match="does not exist"):
        SandboxPolicy(data=Path("/no/such/folder")).to_json()
    assert plain_size(1536 * MIB) == "1.5 GiB"


def test_folders_that_show_the_checks_are_refused(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(COURSE_ROOT.parent)])
    with pytest.raises(ValueError, match=f"and with it everything in {COURSE_ROOT}"):
        mounts.visible_folders(LIGHT)


def test_the_data_folder_is_shown_read_only(tmp_path):
    for name in ("data", "further"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mnist.npz").write_bytes(b"data")
    further = str(tmp_path / "further")
    policy = dataclasses.replace(LIGHT, data=tmp_path / "data", read_only=(Path(further),))
    with notebook(policy) as running:
        text = running.run("import os; f = os.environ['GAN_HELPERS_DATA']; print(f, os.listdir(f))")
        assert text.strip() == "/data ['mnist.npz']"
        assert "Read-only" in running.run("open(f + '/mnist.npz', 'w')")
        assert running.run(f"print(os.listdir({further!r}))").strip() == "['mnist.npz']"
        assert "Read-only" in running.run(f"open({further!r} + '/new', 'w')")
        assert running.run(f"print(os.listdir({str(tmp_path)!r}))").strip() == "['further']"


def test_a_hidden_folder_inside_a_visible_one_is_empty():
    policy = dataclasses.replace(LIGHT, hidden=(Path("/usr/share"),))
    with notebook(policy) as running:
        text = running.run(
            "import os; print(os.listdir('/usr/share'), len(os.listdir('/usr')) > 3)"
        )
        assert text.strip() == "[] True"


def filtered(program: bytes, number: int, argument: int = 0, arch: int = 0) -> int:
    """Run a seccomp filter as Linux would and return its verdict."""
    words = {0: number, 4: arch, 16: argument}
    place = loaded = 0
    while True:
        code, yes, no, value = struct.unpack_from("=HBBI", program, 8 * place)
        place += 1
        if code == 0x20:
            loaded = words[value]
        elif code == 0x06:
            return value
        else:
            tests = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}
            place += yes if tests[code] else no


@pytest.mark.parametrize(
    ("machine", "arch", "column"), [("x86_64", 0xC000003E, 0), ("aarch64", 0xC00000B7, 1)]
)
def test_the_filter_refuses_what_it_should_and_nothing_else(monkeypatch, machine, arch, column):
    monkeypatch.setattr(syscalls.platform, "machine", lambda: machine)
    program = seccomp.program()
    allow, refuse = 0x7FFF0000, 0x00050000
    denied = {numbers[column]: name for name, numbers in seccomp._DENIED.items()}
    assert len(denied) == len(seccomp._DENIED)
    clone, clone3, socket_call = (56, 435, 41) if column == 0 else (220, 435, 198)
    for number in range(460):
        if number in denied:
            assert filtered(program, number, arch=arch) == refuse | errno.EPERM, denied[number]
        elif number not in (clone3, socket_call):
            assert filtered(program, number, arch=arch) == allow, number
    assert filtered(program, clone3, arch=arch) == refuse | errno.ENOSYS
    assert filtered(program, clone, syscalls.CLONE_NEWUSER | 17, arch) == refuse | errno.EPERM
    for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
        assert filtered(program, socket_call, family, arch) == allow
    for family in (socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK):
        assert filtered(program, socket_call, family, arch) == refuse | errno.EINVAL
    assert filtered(program, 0, arch=0x40000003) == 0x80000000  # 32-bit calls end the process
