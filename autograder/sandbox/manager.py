"""Sandboxed kernels for jupyter_client, and so for nbclient and whatever builds on it.

No kernelspec and no entry point has to be installed: the manager brings its own kernelspec,
whatever kernel the notebook names, and its own provisioner.

For a runner::

    km = sandboxed_kernel_manager(policy, workdir)
    client = nbclient.NotebookClient(notebook, km=km)
    async with client.async_setup_kernel():
        ...
        km.sandbox.read_file("outputs/result.json", max_bytes=1_000_000)

For programs that make the client themselves, in their configuration file::

    c.NotebookClient.kernel_manager_class = (
        "autograder.sandbox.manager.SandboxedKernelManager"
    )
"""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any, cast

import zmq
import zmq.asyncio
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Instance, default

from autograder.sandbox.client import SandboxedKernel
from autograder.sandbox.policy import SandboxPolicy

_MAX_WAITING = 16  # messages of one channel


class SandboxProvisioner(KernelProvisionerBase):
    """Gives jupyter_client a kernel from the fork server in place of a new process."""

    sandbox: SandboxedKernel | None = None
    _managed = False

    @property
    def has_process(self) -> bool:
        """Whether a kernel has been started and not been seen to end."""
        return self.sandbox is not None and self._managed

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel; ``cmd`` and the environment in ``kwargs`` are not used."""
        manager = cast("SandboxedKernelManager", self.parent)
        folder = manager.workdir or (Path(kwargs["cwd"]) if kwargs.get("cwd") else None)
        if self.sandbox is not None:
            self.sandbox.close()
        self.sandbox = SandboxedKernel(manager.policy, folder)
        await asyncio.to_thread(self.sandbox.start)
        self._managed = True
        self.connection_info = cast(KernelConnectionInfo, self.sandbox.connection_info())
        manager.load_connection_info(self.connection_info)
        return self.connection_info

    async def poll(self) -> int | None:
        """Return None while the kernel runs, its exit code after."""
        if self.sandbox is None:
            return 0
        return self.sandbox.exit_code()

    async def wait(self) -> int | None:
        """Wait for the kernel's end and return its exit code."""
        if self.sandbox is None:
            return None
        await asyncio.to_thread(self.sandbox.wait)
        self._managed = False
        return self.sandbox.exit_code()

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's main process."""
        if self.sandbox is not None:
            self.sandbox.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """End every process of the kernel."""
        if self.sandbox is not None:
            self.sandbox.kill()

    async def terminate(self, restart: bool = False) -> None:
        """End every process of the kernel: nothing inside is worth a polite goodbye."""
        await self.kill(restart=restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Make sure that nothing runs; the kernel's files stay readable until it is closed."""
        if self.sandbox is not None and self.sandbox.is_alive():
            self.sandbox.kill()
        self._managed = False


class SandboxedKernelManager(AsyncKernelManager):
    """A kernel manager whose kernels run behind the wall.

    Attributes:
        policy: What kernels may use; ``c.SandboxedKernelManager.policy`` in a config file.
        workdir: Folder whose files are copied into the kernel's working folder; the folder
            that nbclient names as ``cwd`` if not set.
    """

    policy = Instance(SandboxPolicy, help="What a kernel may use.").tag(config=True)
    workdir = Instance(Path, allow_none=True)

    @default("policy")
    def _policy_default(self) -> SandboxPolicy:
        return SandboxPolicy()

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        _bound(context, self.policy)
        return context

    @property
    def kernel_spec(self) -> KernelSpec:
        """The only kernel there is, whatever name the notebook gives."""
        return KernelSpec(
            argv=["sandboxed-kernel"], display_name="Sandboxed Python", language="python"
        )

    @property
    def ipykernel(self) -> bool:
        """False, so that nobody appends command-line arguments for IPython."""
        return False

    @property
    def sandbox(self) -> SandboxedKernel:
        """The running or ended kernel.

        Raises:
            RuntimeError: If the kernel has not been started.
        """
        provisioner = self.provisioner
        if not isinstance(provisioner, SandboxProvisioner) or provisioner.sandbox is None:
            raise RuntimeError("The kernel has not been started.")
        return provisioner.sandbox

    async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
        self.kernel_id = self.kernel_id or kw.pop("kernel_id", str(uuid.uuid4()))
        if self.provisioner is None:
            self.provisioner = SandboxProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        self.shutting_down = False
        self._launch_args = kw.copy()
        return [], kw

    pre_start_kernel = _async_pre_start_kernel

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        # The provisioner has loaded the connection information; no file with the key is written.
        assert self.provisioner is not None
        await self.provisioner.launch_kernel(kernel_cmd, **kw)

    _launch_kernel = _async_launch_kernel


def _bound(context: zmq.Context[Any], policy: SandboxPolicy) -> None:
    """Bound what a kernel can put into this process's memory; holds for all sockets made later."""
    # A larger message ends the connection before it is taken in.
    context.maxmsgsize = policy.message_bytes
    # Messages that wait to be read are in this process's memory; the rest stay in the kernel's,
    # which is limited.
    context.rcvhwm = _MAX_WAITING


def blocking_client(sandbox: SandboxedKernel) -> BlockingKernelClient:
    """Return a client for code without an event loop, connected to a started kernel.

    Call its ``stop_channels`` at the end.
    """
    context = zmq.Context()
    _bound(context, sandbox.policy)
    client = BlockingKernelClient(context=context)
    client.load_connection_info(cast(KernelConnectionInfo, sandbox.connection_info()))
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return client


def sandboxed_kernel_manager(
    policy: SandboxPolicy | None = None, workdir: Path | None = None
) -> SandboxedKernelManager:
    """Return a kernel manager for one submission, ready for ``nbclient.NotebookClient(km=...)``.

    The kernel starts with ``start_kernel`` (nbclient does that). ``manager.sandbox`` then reads
    its files, use and limits, also after its end; ``manager.sandbox.close()`` lets go of them.

    Args:
        policy: What the kernel may use.
        workdir: Folder whose regular files are copied into the kernel's working folder.
    """
    return SandboxedKernelManager(policy=policy or SandboxPolicy(), workdir=workdir)
