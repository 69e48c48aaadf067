"""The fork server: imports large libraries once, then forks a ready process per request.

Most of these are kernels, each looked after by a supervisor; some are trusted helpers.

``python -m autograder.sandbox.forkserver`` is started by the first process that needs it (see
``launcher``) and serves every later one of the same user until it has been idle for a while. It
imports and does nothing else, and never starts a thread: a fork carries only the thread that
forks, so a lock held by any other would stay locked in every kernel.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
import time
import traceback
from pathlib import Path

from autograder.sandbox import supervisor, syscalls

_TICK = 1.0


def import_all(names: list[str]) -> None:
    """Import the named modules.

    Raises:
        RuntimeError: If a module has started a thread, which no fork survives.
    """
    for name in names:
        importlib.import_module(name)
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise RuntimeError(
            f"importing {', '.join(names)} started {threads - 1} threads, and a process with "
            "threads cannot be forked: look for code that computes something on import"
        )


def _peer(connection: socket.socket) -> int:
    """Return the account of the process at the other end."""
    credentials = connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
    )
    account: int = struct.unpack("3i", credentials)[1]
    return account


def _serve(listener: socket.socket, *, mount_point: str, idle_seconds: float) -> None:
    forks: set[int] = set()
    last_use = time.monotonic()
    listener.settimeout(_TICK)
    while forks or time.monotonic() - last_use < idle_seconds:
        forks -= _ended(forks)
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection:
            last_use = time.monotonic()
            if _peer(connection) != os.geteuid():
                continue
            process = os.fork()
            if process == 0:
                _become(connection, mount_point)
            forks.add(process)


def _ended(processes: set[int]) -> set[int]:
    return {process for process in processes if os.waitpid(process, os.WNOHANG)[0]}


def _become(connection: socket.socket, mount_point: str) -> None:
    """Read the request and become what it asks for. Never returns."""
    code = 1
    try:
        os.setsid()
        syscalls.close_files({0, 1, 2, connection.fileno()})
        connection.settimeout(None)
        message, files, _ = syscalls.receive(connection)
        request = json.loads(message)
        if "serve" in request:
            connection.close()
            _serve_module(request["serve"], socket.socket(fileno=files[0]))
        else:
            supervisor.serve(connection, request, mount_point=mount_point)
        code = 0
    except BaseException:  # the fork must never return into the server's loop
        traceback.print_exc()
    finally:
        os._exit(code)


def _serve_module(module: str, stream: socket.socket) -> None:
    syscalls.set_name("sandbox-helper")
    gc.enable()
    importlib.import_module(module).serve(stream)


def _tell(file: int, **answer: object) -> None:
    os.write(file, json.dumps(answer).encode())


def main() -> None:
    """Import, listen, tell the starter through ``--ready`` and serve until idle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", required=True, help="path of the Unix socket to listen on")
    parser.add_argument("--mount-point", required=True, help="empty folder kernels mount on")
    parser.add_argument("--ready", type=int, required=True, help="open file to report on")
    parser.add_argument("--idle", type=float, required=True, help="seconds until exit when unused")
    parser.add_argument("modules", nargs="+", help="modules to import")
    options = parser.parse_args()
    syscalls.set_name("sandbox-server")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        import_all(options.modules)
        # Objects that the collector never visits again stay in pages shared with every kernel.
        gc.collect()
        gc.freeze()
        gc.disable()
        ctypes.CDLL(None).malloc_trim(0)
        listener.bind(options.socket)
        listener.listen(64)
    except Exception as error:
        traceback.print_exc()
        _tell(options.ready, error=f"{type(error).__name__}: {error}"[:1000])
        sys.exit(1)
    _tell(options.ready, ready=True)
    os.close(options.ready)
    identity = os.stat(options.socket).st_ino
    try:
        _serve(listener, mount_point=options.mount_point, idle_seconds=options.idle)
    finally:
        listener.close()
        # A later server may have put its own socket there.
        if os.path.exists(options.socket) and os.stat(options.socket).st_ino == identity:
            os.unlink(options.socket)
            Path(options.socket).with_suffix(".log").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
