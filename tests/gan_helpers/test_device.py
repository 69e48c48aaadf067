import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_helpers import device, sampling

pytestmark = pytest.mark.slow  # imports TensorFlow


@pytest.fixture(autouse=True)
def _restore_policy(monkeypatch):
    monkeypatch.setenv("GAN_HELPERS_BUDGET", "quick")
    yield
    keras.config.set_dtype_policy("float32")


def test_setup_says_what_was_found_in_one_line(capsys):
    found = device.setup()
    said = capsys.readouterr().out
    assert said == f"Device: {found}.\n"
    assert found.kind == ("gpu" if tf.config.list_physical_devices("GPU") else "cpu")
    assert found.count >= 1 and found.precision == "float32"


def test_seed_repeats_every_stream():
    drawn = []
    for _ in range(2):
        device.setup(seed=3)
        drawn.append((np.random.random(), float(sampling.latent((1, 1))[0, 0])))
    assert drawn[0] == drawn[1]


def test_grading_saves_processor_time_even_when_tensorflow_already_runs(monkeypatch):
    monkeypatch.setenv("GAN_HELPERS_BUDGET", "grading")
    tf.zeros(1) + 1
    try:
        device.setup()
        assert tf.config.optimizer.get_experimental_options()["disable_meta_optimizer"]
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})


def test_precision_is_set():
    assert device.setup(precision="mixed_bfloat16").precision == "mixed_bfloat16"
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


def test_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="float8"):
        device.setup(precision="float8")


@pytest.mark.parametrize(
    ("gpu", "capability", "flags", "expected"),
    [
        (True, (6, 1), "", "float32"),
        (True, (7, 5), "", "float32"),  # T4: float16 asks for loss scaling
        (True, (8, 0), "", "mixed_bfloat16"),  # A100
        (True, (9, 0), "", "mixed_bfloat16"),  # H100
        (True, None, "", "float32"),
        (False, None, "avx2 amx_bf16", "mixed_bfloat16"),
        (False, None, "avx2 avx512_bf16", "mixed_bfloat16"),
        (False, None, "avx2", "float32"),
    ],
)
def test_auto_precision_fits_the_hardware(gpu, capability, flags, expected, monkeypatch):
    monkeypatch.delenv("GAN_HELPERS_BUDGET", raising=False)
    assert device._best_precision(gpu, capability, set(flags.split())) == expected


def test_the_grading_machine_computes_in_float32(monkeypatch):
    monkeypatch.setenv("GAN_HELPERS_BUDGET", "grading")
    assert device._best_precision(True, (9, 0), set()) == "float32"


def test_description_reads_well():
    one = device.Device("gpu", "Tesla T4", 1, 14.75, "float32")
    two = device.Device("gpu", "Tesla T4", 2, 14.75, "float32")
    assert str(one) == "GPU Tesla T4, 15 GiB, computing in float32"
    assert str(two).startswith("GPU 2 x Tesla T4")
    cpu = device.Device("cpu", "Some CPU", 2, None, "float32")
    assert str(cpu) == "CPU Some CPU, 2 cores, computing in float32"
