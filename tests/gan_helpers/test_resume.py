import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from gan_helpers.budget import FULL, Budget
from tests.support.tiny_gan import TinyGan, fingerprint, seed_everything, train_in_folder

pytestmark = pytest.mark.slow  # imports TensorFlow


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unharmed")
    train_in_folder(folder, 6)
    return fingerprint(folder)


class Stopped(Exception):
    pass


def stop_after(epoch):
    def on_epoch_begin(number, logs=None):
        if number == epoch:
            raise Stopped

    return keras.callbacks.LambdaCallback(on_epoch_begin=on_epoch_begin)


@pytest.fixture
def stopped(tmp_path):
    """A training of six epochs that was interrupted after the fourth."""
    with pytest.raises(Stopped):
        train_in_folder(tmp_path, 6, callbacks=[stop_after(4)])
    return tmp_path


def states(folder):
    return sorted((Path(folder) / "resume").glob("state-*.npz"))


def test_resumed_training_is_bit_identical(stopped, unharmed, capsys):
    train_in_folder(stopped, 6, disturbed=True)
    assert fingerprint(stopped) == unharmed
    assert "epoch 5 of 6 next" in capsys.readouterr().out
    names = sorted(path.name for path in (stopped / "checkpoints").glob("*.index"))
    assert names == ["ckpt-1.index"], "the count of the notebook's checkpoints goes on"


def test_order_of_the_data_is_resumed_in_the_same_kernel(tmp_path):
    """The dataset object has gone on; the order must go back to where the state was saved."""
    seed_everything(0)
    straight = TinyGan()
    straight.fit(6, resume_dir=tmp_path / "straight")
    seed_everything(0)
    gan = TinyGan()
    with pytest.raises(Stopped):
        gan.fit(6, resume_dir=tmp_path, resume_every=2, callbacks=[stop_after(5)])
    for _ in gan.dataset.take(1):
        pass
    gan.fit(6, resume_dir=tmp_path, resume_every=2)
    expected = [w.numpy() for w in straight.generator.weights]
    for weight, one in zip(gan.generator.weights, expected, strict=True):
        np.testing.assert_array_equal(weight, one)


def test_finished_training_gives_history_and_weights_at_once(tmp_path, capsys):
    gan, history = train_in_folder(tmp_path, 3)
    again, restored = train_in_folder(tmp_path, 3, disturbed=True)
    assert restored == history and again.digest() == gan.digest()
    assert "already finished" in capsys.readouterr().out
    _, longer = train_in_folder(tmp_path, 4)
    assert (
        longer.epochs == [1, 2, 3, 4]
        and longer.losses["generator_loss"][:3] == (history.losses["generator_loss"])
    )


def test_restart_forgets(tmp_path):
    _, history = train_in_folder(tmp_path, 2)
    gan = TinyGan()
    new = gan.fit(1, resume_dir=tmp_path, restart=True)
    assert new.epochs == [1] and len(states(tmp_path)) == 1


def test_two_states_are_kept(tmp_path):
    train_in_folder(tmp_path, 5)
    assert [path.name[:12] for path in states(tmp_path)] == ["state-000004", "state-000005"]
    assert len(list((tmp_path / "resume").iterdir())) == 4


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap_with_the_one_before(path):
    older = sorted(path.parent.glob(f"state-*{path.suffix}"))[0]
    newer = path.read_bytes()
    path.write_bytes(older.read_bytes())
    older.write_bytes(newer)


@pytest.mark.parametrize("kind", [".npz", ".json"])
@pytest.mark.parametrize("harm", [truncate, flip_a_bit, Path.unlink])
def test_damaged_state_gives_way_to_the_one_before(stopped, unharmed, kind, harm, capsys):
    harm(sorted((stopped / "resume").glob(f"state-*{kind}"))[-1])
    train_in_folder(stopped, 6)
    assert fingerprint(stopped) == unharmed
    assert "epoch 4 of 6 next" in capsys.readouterr().out


def test_swapped_states_are_never_believed(stopped, unharmed, capsys):
    swap_with_the_one_before(states(stopped)[-1])
    train_in_folder(stopped, 6)
    assert fingerprint(stopped) == unharmed
    said = capsys.readouterr().out
    assert said.count("damaged") == 2 and "Going on" not in said, "both are wrong: start again"


def test_leftovers_of_a_killed_save_are_harmless(stopped, unharmed):
    (stopped / "resume" / "state-000005-deadbeef.npz").write_bytes(b"half")
    (stopped / "resume" / "state-000006-deadbeef.json").write_text("")
    train_in_folder(stopped, 6)
    assert fingerprint(stopped) == unharmed
    assert not list((stopped / "resume").glob("*deadbeef*"))


@pytest.mark.parametrize(
    ("changed", "options", "message"),
    [
        ({"width": 7}, {}, "number of parameters of generator"),
        ({"learning_rate": 0.5}, {}, r"learning_rate of .*0.5 now"),
        ({"batch": 4}, {}, "batch size"),
        ({"data_seed": 1}, {}, "other data"),
        ({}, {"budget": FULL}, "budget"),
        ({}, {"budget": Budget("quick", images_per_epoch=8)}, "steps per epoch"),
    ],
)
def test_other_settings_are_refused_by_name(stopped, changed, options, message):
    with pytest.raises(ValueError, match=message) as refused:
        gan = TinyGan(**changed)
        gan.fit(
            6,
            checkpoint=gan.checkpoint,
            checkpoint_dir=stopped / "x",
            resume_dir=stopped,
            **options,
        )
    assert "restart=True" in str(refused.value)


def test_other_order_of_the_same_data_is_said_and_goes_on(stopped, capsys):
    """A dataset shuffled without a seed must not cost anybody the training."""
    gan = TinyGan(shuffle_seed=1)
    history = gan.fit(
        6, checkpoint=gan.checkpoint, checkpoint_dir=stopped / "x", resume_dir=stopped
    )
    assert history.epochs == [1, 2, 3, 4, 5, 6]
    assert "in another order" in capsys.readouterr().out


def test_other_layer_with_the_same_parameters_is_refused(stopped):
    gan = TinyGan()
    gan.discriminator.layers[1].rate = 0.5
    with pytest.raises(ValueError, match="architecture of discriminator"):
        gan.fit(6, resume_dir=stopped)


def test_other_precision_is_refused(stopped):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        with pytest.raises(ValueError, match="precision .float32 then, mixed_bfloat16 now"):
            TinyGan().fit(6, resume_dir=stopped)
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.fixture
def of_before(tmp_path):
    """A run that the package's version of before 0.2 has saved after the fourth epoch of six."""
    shutil.copytree(Path(__file__).with_name("state_of_0_1"), tmp_path / "resume")
    return tmp_path


def test_states_of_earlier_versions_can_go_on(of_before, capsys):
    (path,) = states(of_before)
    with np.load(path, allow_pickle=False) as file:
        saved = [file[f"network/generator/{index}"] for index in range(2)]
    weights = []
    gan = TinyGan()
    begin = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: weights.append([w.numpy() for w in gan.generator.weights[:2]])
    )
    history = gan.fit(
        6,
        checkpoint=gan.checkpoint,
        checkpoint_dir=of_before / "x",
        resume_dir=of_before,
        callbacks=[begin],
    )
    assert history.epochs == [1, 2, 3, 4, 5, 6]
    assert all(np.array_equal(a, b) for a, b in zip(saved, weights[0], strict=True))
    assert "epoch 5 of 6 next" in capsys.readouterr().out


@pytest.mark.parametrize(("setting", "value", "now"), [("XLA", True, False), ("devices", 2, 1)])
def test_what_earlier_versions_could_do_is_refused_by_name(of_before, setting, value, now):
    (path,) = (of_before / "resume").glob("*.json")
    manifest = json.loads(path.read_text().splitlines()[1])
    manifest["settings"][setting] = value
    text = json.dumps(manifest)
    path.write_text(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}\n")
    with pytest.raises(ValueError, match=rf"{setting} \({value} then, {now} now\)"):
        TinyGan().fit(6, resume_dir=of_before)


def test_network_without_weights_is_refused(tmp_path):
    gan = TinyGan()
    gan.generator = keras.Sequential([keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="generator has no weights yet.*keras.Input"):
        gan.fit(1, resume_dir=tmp_path)


def test_grading_budget_keeps_nothing(tmp_path):
    grading = Budget("grading", images_per_epoch=4, images_per_step=4)
    TinyGan().fit(2, budget=grading, resume_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_state_holds_no_pickles(stopped):
    for path in states(stopped):
        with np.load(path, allow_pickle=False) as file:
            assert all(file[name].dtype.kind in "iuf" for name in file.files)


def test_how_often_states_are_saved_does_not_change_the_training(tmp_path):
    digests = []
    for name, more in {"a": {"resume_every": 1}, "b": {"resume_every": 3}}.items():
        seed_everything(0)
        gan = TinyGan()
        gan.fit(4, resume_dir=tmp_path / name, **more)
        digests.append(gan.digest())
    assert digests[0] == digests[1]


def test_killed_at_twenty_random_moments(tmp_path):
    """SIGKILL, half of the times in the middle of writing a state: 20 of 20 end identically."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.tiny_gan", str(tmp_path), "20"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["repeatable"], "two unharmed trainings differ: nothing can be said"
    assert report["killed"] == 20
    assert set(report["runs"]) == {"identical"}
