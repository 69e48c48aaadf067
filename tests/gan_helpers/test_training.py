import dataclasses
import json
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_helpers import budget, sampling, training
from gan_helpers._training import loop
from gan_helpers.history import History
from tests.support.tiny_gan import TINY, TinyGan, seed_everything

pytestmark = pytest.mark.slow  # imports TensorFlow


def counting_fit(dataset, *, budget=TINY, epochs=2, step=None, **more):
    """Fits a step that only writes down its batches."""
    seen = []

    def note(images, batch_size):
        assert int(batch_size) == len(images)
        seen.append(images.numpy())
        return {"generator_loss": tf.reduce_mean(images)}

    history = training.fit(
        step or note,
        dataset,
        epochs=epochs,
        budget=budget,
        networks={"generator": keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])},
        optimizers={"generator_optimizer": keras.optimizers.Adam()},
        **more,
    )
    return seen, history


def numbers(count, batch):
    return tf.data.Dataset.range(count).map(lambda n: tf.cast(n, tf.float32)).batch(batch)


def test_full_budget_sees_everything_once_per_epoch():
    seen, history = counting_fit(numbers(10, 4), budget=budget.FULL)
    assert [len(batch) for batch in seen] == [4, 4, 2, 4, 4, 2]
    np.testing.assert_array_equal(np.concatenate(seen[:3]), np.arange(10))
    assert (history.steps_per_epoch, history.batch_size, history.budget) == (3, 4, "full")


def test_quick_budget_limits_the_images_of_an_epoch():
    seen, history = counting_fit(numbers(100, 4), budget=TINY)
    assert [len(batch) for batch in seen] == [4] * 8, "16 images are 4 steps of 4"
    assert history.steps_per_epoch == 4
    seen, _ = counting_fit(numbers(4, 2), budget=TINY, epochs=1)
    assert len(seen) == 8, "a data set smaller than that is seen several times"


def test_quick_budget_shuffles_every_epoch_anew():
    seen, _ = counting_fit(numbers(100, 4).unbatch().shuffle(100, seed=0).batch(4), budget=TINY)
    assert set(np.concatenate(seen[:4])) != set(np.concatenate(seen[4:]))


def test_grading_budget_is_one_small_step_on_real_images_in_every_fifth_epoch():
    seen, history = counting_fit(numbers(64, 16), budget=budget.GRADING, epochs=50)
    assert [len(batch) for batch in seen] == [2] * 11, "the first epoch, and 5, 10, ... 50"
    assert len({tuple(batch) for batch in seen}) > 1, "different real images"
    assert history.epochs == list(range(1, 51)) and history.steps_per_epoch == 1
    losses = history.losses["generator_loss"]
    assert len(losses) == 50 and losses[5:9] == losses[4:8] != losses[9:13]
    assert history.batch_size == 16, "that of the dataset, not of the step"


def test_losses_are_means_over_the_epoch():
    _, history = counting_fit(numbers(8, 2), budget=budget.FULL, epochs=1)
    assert history.losses["generator_loss"] == [pytest.approx(3.5)]


@pytest.mark.parametrize(
    ("step", "names"),
    [
        (
            lambda images, batch_size: (tf.constant(1.0), tf.constant(2.0)),
            ["generator_loss", "discriminator_loss"],
        ),
        (lambda images: {"critic": tf.constant(1.0)}, ["critic"]),
        (lambda images: None, []),
        (tf.function(lambda images: {"loss": tf.reduce_mean(images)}), ["loss"]),
    ],
)
def test_every_form_of_train_step(step, names):
    for one in (TINY, budget.GRADING):
        _, history = counting_fit(numbers(32, 4), step=step, budget=one)
        assert list(history.losses) == sorted(names) or list(history.losses) == names
        assert all(len(values) == 2 for values in history.losses.values())
        assert history.epochs == [1, 2] and len(history.seconds) == 2


def test_train_step_that_returns_something_else_is_told():
    with pytest.raises(ValueError, match="must return a dict of losses"):
        counting_fit(numbers(8, 4), step=lambda images: tf.constant(1.0))


def test_a_real_gan_learns_and_is_traced_once(capsys):
    seed_everything(0)
    gan = TinyGan()
    before = [w.numpy() for w in gan.generator.trainable_variables]
    history = gan.fit(3)
    after = [w.numpy() for w in gan.generator.trainable_variables]
    assert all(not np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert gan.traces == 1, "optimizers are built before, so nothing is traced twice"
    assert list(history.losses) == ["generator_loss", "discriminator_loss"]
    assert all(np.isfinite(value) for value in history.losses["generator_loss"])
    said = capsys.readouterr().out
    assert "Epoch 3/3" in said and "generator_loss" in said, "Keras' progress bar"


def test_a_compiled_step_updates_each_array_by_one_operation():
    layer = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    adam = keras.optimizers.Adam()

    @tf.function
    def step(images):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(images[:, None]))
        weights = layer.trainable_weights
        adam.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"generator_loss": loss}

    training.fit(
        step,
        numbers(4, 2),
        epochs=1,
        budget=TINY,
        networks={"generator": layer},
        optimizers={"generator_optimizer": adam},
    )
    graph = step.get_concrete_function(tf.TensorSpec((None,))).graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert kinds.count("ResourceApplyAdam") == 2 and "Sqrt" not in kinds


def test_several_steps_in_one_call_change_nothing_but_the_progress_bar(monkeypatch):
    results = []
    for steps in (1, 3):  # 3 does not divide the 10 steps of an epoch
        seed_everything(0)
        monkeypatch.setattr(loop, "STEPS_PER_CALL", {"gpu": steps, "cpu": steps})
        gan, calls = TinyGan(images=80), []
        callback = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs, calls=calls: calls.append(batch)
        )
        history = gan.fit(2, budget=budget.FULL, callbacks=[callback])
        assert gan.traces == 1
        assert history.steps_per_epoch == 10 and history.first_step_seconds > 0
        results.append((gan.digest(), history.losses, calls))
    assert results[0][:2] == results[1][:2]
    assert results[0][2] == [*range(10)] * 2
    assert results[1][2] == [2, 5, 8, 11] * 2, "Keras counts the steps of the last call in full"


def test_the_first_step_is_timed_with_its_tracing():
    @tf.function
    def slow_to_trace(images):
        time.sleep(0.5)
        return {"loss": tf.reduce_mean(images)}

    _, history = counting_fit(numbers(8, 4), step=slow_to_trace, budget=budget.FULL)
    assert history.first_step_seconds >= 0.5
    assert history.seconds[0] >= 0.5 > history.seconds[1]


def test_says_how_long_it_will_take(capsys):
    counting_fit(numbers(100, 2), budget=TINY, epochs=3)
    assert "On this machine the 3 epochs of this training take about" in capsys.readouterr().out


def test_the_grading_machine_sees_no_progress_bar(capsys, monkeypatch):
    counting_fit(numbers(16, 4), budget=budget.GRADING, epochs=3)
    assert "Epoch 3/3" in capsys.readouterr().out, "who tries this budget out does"
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    counting_fit(numbers(16, 4), budget=budget.GRADING, epochs=3)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_pictures_and_checkpoints_come_at_the_right_epochs(tmp_path):
    gan, epochs = TinyGan(), []
    gan.fit(
        50,
        budget=budget.GRADING,
        on_epoch_end=epochs.append,
        checkpoint=gan.checkpoint,
        checkpoint_dir=tmp_path / "checkpoints",
    )
    assert epochs == list(range(1, 51))
    found = sorted(path.name for path in (tmp_path / "checkpoints").glob("*.index"))
    assert found == ["ckpt-1.index", "ckpt-2.index", "ckpt-3.index"], "epochs 15, 30 and 45"
    trained = gan.digest()
    gan.checkpoint.restore(tf.train.latest_checkpoint(str(tmp_path / "checkpoints")))
    assert gan.digest() != trained, "the latest checkpoint is that of epoch 45"


def test_divergence_is_said_once(capsys):
    counting_fit(numbers(8, 4), step=lambda images: {"loss": tf.constant(np.nan)}, epochs=3)
    assert capsys.readouterr().out.count("diverged") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "at least 1"),
        ({"checkpoint": tf.train.Checkpoint()}, "needs checkpoint_dir"),
        ({"dataset": numbers(0, 4)}, "empty"),
        ({"dataset": numbers(0, 4), "budget": budget.GRADING}, "empty"),
        ({"dataset": numbers(8, 4).repeat(), "budget": budget.FULL}, "never ends"),
    ],
)
def test_senseless_arguments_are_refused(options, message):
    dataset = options.pop("dataset", numbers(8, 4))
    with pytest.raises(ValueError, match=message):
        counting_fit(dataset, **options)


def test_nothing_to_train_is_refused():
    with pytest.raises(ValueError, match="empty"):
        training.fit(
            lambda images: None, numbers(8, 4), epochs=1, budget=TINY, networks={}, optimizers={}
        )


def test_user_callbacks_are_called():
    ends = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(epoch))
    counting_fit(numbers(8, 4), callbacks=[callback])
    assert ends == [0, 1]


@pytest.mark.parametrize("exact", [True, False])
def test_noise_that_cannot_be_resumed_is_said(tmp_path, capsys, exact):
    @tf.function
    def step(images, batch_size):
        noise = sampling.latent if exact else tf.random.normal
        return {"loss": tf.reduce_mean(noise((batch_size, 3)))}

    counting_fit(numbers(8, 4), step=step, resume_dir=tmp_path)
    assert ("Note: train_step draws its noise" in capsys.readouterr().out) is not exact


def test_history_survives_json(tmp_path):
    history = History([1, 2], {"loss": [0.5, 0.25]}, [1.0, 0.5], 3, 8, "quick", 0.75)
    history.to_json(tmp_path / "h.json")
    assert History.from_json(tmp_path / "h.json") == history
    (tmp_path / "h.json").write_text(json.dumps({"other": 1}))
    with pytest.raises(ValueError, match="not a training history"):
        History.from_json(tmp_path / "h.json")
    assert dataclasses.asdict(history) == history.to_dict()


def test_epochs_of_one_long_step_are_timed_as_a_whole(capsys):
    counting_fit(numbers(16, 16), epochs=3)
    assert "On this machine the 1 epochs of this training take about" in capsys.readouterr().out


def test_a_step_may_use_keras_own_training():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")

    def step(numbers):
        return {"generator_loss": model.train_on_batch(numbers[:, None], numbers[:, None])}

    _, history = counting_fit(numbers(4, 2), step=step, epochs=1)
    assert model.optimizer.iterations == 8 and len(history.losses["generator_loss"]) == 1
