"""Finds the fork server of this user, or starts it.

Servers are told apart by what they have in memory, and serve every process of the same user.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import select
import site
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from autograder.sandbox import mounts, syscalls
from autograder.sandbox.policy import SandboxPolicy


class SandboxError(RuntimeError):
    """A kernel could not be started or asked; the text says why and what to do."""


def private_folder() -> Path:
    """Return the folder of this user's fork servers, made if needed and readable by nobody else.

    Raises:
        SandboxError: If something else is in its place.
    """
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base) / f"notebook-sandbox-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if (
        not stat.S_ISDIR(status.st_mode)
        or status.st_uid != os.geteuid()
        or stat.S_IMODE(status.st_mode) & 0o077
    ):
        raise SandboxError(
            f"{folder} must be a folder that belongs to you with permissions 0700; remove it."
        )
    return folder


def server_key(policy: SandboxPolicy) -> str:
    """Return a hash of everything a fork server has in memory.

    Another version of any installed package, of the policy's packages or of the sandbox gives
    another key, and with it another server; the old one exits when it has been idle.
    """
    parts: list[Any] = [sys.version, sys.prefix, policy.imports, policy.threads]
    for folder in map(Path, site.getsitepackages()):
        # One folder for each installed package, named after it and its version.
        parts += sorted(str(path) for path in folder.glob("*-info"))
    for folder in (Path(__file__).parent, *policy.packages):
        for path in sorted(folder.rglob("*.py")):
            parts += [str(path), hashlib.sha256(path.read_bytes()).hexdigest()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def server_log(policy: SandboxPolicy) -> Path:
    """Return the file with what the policy's fork server has printed."""
    return private_folder() / f"{server_key(policy)}.log"


def _server_environment(policy: SandboxPolicy, home: Path) -> dict[str, str]:
    """Return the environment of the fork server; a kernel can read it back from its memory."""
    threads = str(policy.threads)
    folders = {mounts.IMPORT_ROOT: None} | dict.fromkeys(mounts.import_folders(policy))
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "PYTHONHASHSEED": "0",
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OMP_NUM_THREADS": threads,
        # A pool of BLAS threads at import would make the fork server impossible to fork.
        "OPENBLAS_NUM_THREADS": "1",
    }


def _connect(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


def _start_server(path: Path, policy: SandboxPolicy) -> None:
    folder = path.parent
    mount_point, home = folder / "root", folder / "home"
    mount_point.mkdir(exist_ok=True)
    home.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    command = [sys.executable, "-P", "-m", f"{__package__}.forkserver"]
    command += ["--socket", str(path), "--mount-point", str(mount_point)]
    command += ["--idle", str(policy.idle_seconds)]
    ready, report = os.pipe()
    with open(ready, "rb") as reader, open(path.with_suffix(".log"), "wb") as log:
        server = subprocess.Popen(
            [*command, "--ready", str(report), *policy.imports],
            env=_server_environment(policy, home),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[report],
            start_new_session=True,
        )
        os.close(report)
        if not select.select([reader], [], [], policy.start_seconds)[0]:
            server.kill()
            server.wait()
            raise SandboxError(
                f"The fork server was not ready within {policy.start_seconds:g} seconds; raise "
                "SandboxPolicy(start_seconds=...) on a slow machine."
            )
        content = reader.read(8000)
    answer = json.loads(content) if content else {"error": "no reason given"}
    if "error" in answer:
        server.wait()
        raise SandboxError(
            f"The fork server did not start: {answer['error']} (log: {path.with_suffix('.log')})."
        )
    # It outlives this process on purpose; this thread only keeps it from becoming a zombie.
    threading.Thread(target=server.wait, daemon=True).start()


def connect_to_server(policy: SandboxPolicy) -> socket.socket:
    """Return a connection to a fork server that fits the policy, started if there is none.

    Raises:
        SandboxError: If none can be started.
    """
    path = private_folder() / f"{server_key(policy)}.sock"
    connection = _connect(path)
    if connection is None:
        # Whoever else starts at this moment waits here for the first one's server.
        with open(path.parent / "start.lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            connection = _connect(path)
            if connection is None:
                _start_server(path, policy)
                connection = _connect(path)
    if connection is None:
        raise SandboxError("The fork server ended right after its start; try again.")
    return connection


def fork_server_process(policy: SandboxPolicy, module: str) -> socket.socket:
    """Have the fork server fork a trusted process, with all imports and no wall.

    It must never be given anything untrusted to run.

    Args:
        policy: Whose fork server is used.
        module: Name of the module whose function ``serve`` the process calls, with its end of
            the connection.

    Returns:
        The other end of the connection.

    Raises:
        SandboxError: If there is no fork server and none can be started.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            with connect_to_server(policy) as connection:
                syscalls.send(connection, json.dumps({"serve": module}).encode(), [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
    return ours
