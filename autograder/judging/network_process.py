"""Rebuilds models in a fork of the fork server, which has Keras in its memory already.

A judge that imported Keras would take as many seconds as all its judgements together, and some
hundred megabytes in each of the processes that grade. The fork also bears what a strange model
costs: it has limits of its own, and the judge outlives it.
"""

from __future__ import annotations

import json
import resource
import select
import socket
from dataclasses import asdict
from typing import Any

from autograder.evidence.unmet import Unmet
from autograder.judging.networks import Architecture, build_here
from autograder.sandbox import SandboxPolicy, fork_server_process, syscalls

_IDLE_SECONDS = 60.0  # afterwards the fork ends; the next model gets a new one
_CPU_SECONDS = 100  # for one model; the largest that are allowed take about ten
_MEMORY_BYTES = 4 * 2**30
_TIMEOUT = 240.0  # seconds, less than the judge may take


class RebuildProcess:
    """The judge's end of the connection; the fork is made when the first model needs it.

    Args:
        policy: Whose fork server is used, the one that kernels come from as well.
    """

    def __init__(self, policy: SandboxPolicy) -> None:
        self._policy = policy
        self._connection: socket.socket | None = None

    def build(self, config: dict[str, Any], name: str) -> Architecture:
        """Return the architecture of a model; see ``autograder.judging.networks.build_here``.

        Args:
            config: What Keras' ``to_json`` gave, with allowed classes only.
            name: The model's name in the notebook, for the sentence if it fails.

        Raises:
            Unmet: If it does not build.
            SandboxError: If there is no fork server and none can be started.
            RuntimeError: If the fork ended over it or did not answer.
        """
        question = json.dumps({"config": config, "name": name}) + "\n"
        for _ in range(2):  # the first may have ended, being idle
            if self._connection is None:
                self._connection = fork_server_process(self._policy, __name__)
                self._connection.settimeout(_TIMEOUT)
            try:
                self._connection.sendall(question.encode())
                with self._connection.makefile("rb") as answers:
                    line = answers.readline()
            except TimeoutError:
                break
            except OSError:
                line = b""
            if line:
                answer = json.loads(line)
                if "unmet" in answer:
                    raise Unmet(answer["unmet"])
                return Architecture.from_dict(answer)
            self.close()
        self.close()
        raise RuntimeError(f"the process that rebuilds models ended over {name}")

    def close(self) -> None:
        """Hang up, upon which the fork ends."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def serve(connection: socket.socket) -> None:
    """Answer one line of JSON per line of JSON until the other end hangs up; run by the fork."""
    syscalls.limit(resource.RLIMIT_DATA, syscalls.writable_memory() + _MEMORY_BYTES)
    with connection, connection.makefile("rb") as questions:
        while select.select([connection], [], [], _IDLE_SECONDS)[0]:
            line = questions.readline()
            if not line:
                return
            use = resource.getrusage(resource.RUSAGE_SELF)
            until = int(use.ru_utime + use.ru_stime) + 1 + _CPU_SECONDS
            syscalls.limit(resource.RLIMIT_CPU, until, for_good=False)
            question = json.loads(line)
            try:
                answer = asdict(build_here(question["config"], question["name"]))
            except Unmet as unmet:
                answer = {"unmet": str(unmet)}
            connection.sendall(json.dumps(answer).encode() + b"\n")
