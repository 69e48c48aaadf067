"""Finds the hardware and sets TensorFlow up for it, in one call at the top of a notebook."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_helpers import budget as budgets

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclass(frozen=True)
class Device:
    """The hardware.

    Attributes:
        kind: ``"gpu"`` or ``"cpu"``.
        name: The name of the product, as far as it is known.
        count: How many GPUs or CPU cores there are.
        memory_gib: Memory of one GPU, or of the machine, in GiB; ``None`` if unknown.
        precision: The Keras dtype policy now in force.
    """

    kind: str
    name: str
    count: int
    memory_gib: float | None
    precision: str

    def __str__(self) -> str:
        memory = f", {self.memory_gib:.0f} GiB" if self.memory_gib else ""
        unit = "" if self.kind == "gpu" and self.count == 1 else f"{self.count} x "
        if self.kind == "cpu":
            unit, memory = "", f", {self.count} cores{memory}"
        return f"{self.kind.upper()} {unit}{self.name}{memory}, computing in {self.precision}"


def setup(*, seed: int | None = None, precision: str = "float32") -> Device:
    """Find the GPU or CPU, set memory growth, precision and seeds, and say so in one line.

    Args:
        seed: Makes Python, NumPy, TensorFlow and Keras repeatable, and TensorFlow's global
            generator, which :func:`gan_helpers.sampling.latent` draws from. ``None`` leaves chance.
        precision: ``"float32"``, ``"mixed_float16"``, ``"mixed_bfloat16"``, or ``"auto"``:
            mixed_bfloat16 where the hardware has units for it (GPUs from Ampere on, CPUs with
            AMX or AVX-512 BF16), else float32, and float32 on the grading machine. bfloat16 has
            the range of float32, so training steps need no change. mixed_float16, the fast one
            on a T4, is never chosen by itself: small gradients become zero in it unless the
            training step scales its losses (``keras.optimizers.LossScaleOptimizer``).

    Raises:
        ValueError: If ``precision`` is none of these.
    """
    if precision not in (*PRECISIONS, "auto"):
        raise ValueError(f"precision is {precision!r}; choose 'auto' or one of {PRECISIONS}.")
    import keras
    import tensorflow as tf

    if budgets.is_grading():
        _save_processor_time(tf)
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        try:
            # Otherwise the first notebook takes all of the GPU's memory and a second one fails.
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            print("The GPU is already in use here: memory growth stays as it was.")
    details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
    if precision == "auto":
        capability = details.get("compute_capability")
        precision = _best_precision(bool(gpus), capability, set(_cpuinfo("flags").split()))
    keras.config.set_dtype_policy(precision)
    if seed is not None:
        keras.utils.set_random_seed(seed)
        # Not covered by the line above. Its state is a variable, so that training can be resumed.
        tf.random.set_global_generator(tf.random.Generator.from_seed(seed))
    if gpus:
        name = details.get("device_name", "GPU")
        device = Device("gpu", name, len(gpus), _gpu_gib(), precision)
    else:
        # On CPUs this optimisation of graphs stumbles over the gradient of LeakyReLU after a
        # convolution: it prints an error that alarms everybody, and leaves the graph as it was.
        tf.config.optimizer.set_experimental_options({"remapping": False})
        name = _cpuinfo("model name") or platform.processor() or platform.machine() or "unknown"
        device = Device("cpu", name, _cores(), _memory_gib(), precision)
    print(f"Device: {device}.")
    return device


def _save_processor_time(tf: Any) -> None:
    """Leave out what pays only in longer runs: several threads, and optimising graphs."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        pass  # TensorFlow is already running; this only matters for speed.


def _best_precision(gpu: bool, capability: tuple[int, int] | None, cpu_flags: set[str]) -> str:
    """Choose the fastest dtype policy that asks nothing of the training step."""
    if budgets.is_grading():
        return "float32"  # what the checks compute with
    if gpu:
        fast = capability is not None and capability >= (8, 0)
    else:
        fast = bool(cpu_flags & {"amx_bf16", "avx512_bf16"})
    return "mixed_bfloat16" if fast else "float32"


def _cpuinfo(field: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")


def _cores() -> int:
    # The cores this process may use, which in a container can be fewer than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gib() -> float | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        return None


def _gpu_gib() -> float | None:
    """Ask nvidia-smi, because TensorFlow does not tell the size of a GPU's memory."""
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        return float(answer.stdout.split()[0]) / 1024
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
