"""What a training leaves for the hand-in."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_helpers import budget, sampling, training
from gan_helpers._training import run_results

pytestmark = pytest.mark.slow  # imports TensorFlow


def small_generator() -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(16, use_bias=False),
            layers.BatchNormalization(),
            layers.Reshape((4, 4, 1)),
            layers.Conv2DTranspose(1, 3, padding="same", activation="tanh"),
        ]
    )


def fit(folder, *, epochs=2, generator=None, budget=budget.FULL, **more):
    generator = generator or small_generator()
    training.fit(
        lambda images: {"generator_loss": tf.reduce_mean(images)},
        tf.data.Dataset.from_tensor_slices(np.ones((4, 2), np.float32)).batch(2),
        epochs=epochs,
        budget=budget,
        networks={
            "discriminator": keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()]),
            "generator": generator,
        },
        optimizers={"generator_optimizer": keras.optimizers.Adam()},
        resume_dir=folder,
        **more,
    )
    return generator


def test_finished_training_leaves_history_samples_and_generator(tmp_path, monkeypatch):
    monkeypatch.setattr(run_results, "COUNT", 7)
    generator = fit(tmp_path)
    kept = tmp_path / run_results.FOLDER
    history = training.History.from_json(kept / run_results.HISTORY)
    assert history.epochs == [1, 2] and history.losses == {"generator_loss": [1.0, 1.0]}
    expected = sampling.generate(generator, sampling.latent((7, 5), seed=1))[..., 0]
    with np.load(kept / run_results.SAMPLES, allow_pickle=False) as samples:
        low, high = samples["value_range"]
        assert samples["images"].dtype == np.uint8 and samples["epoch"] == 2
        images = low + samples["images"] * (high - low) / 255
    np.testing.assert_allclose(images, expected, atol=(high - low) / 255)
    with np.load(kept / run_results.GENERATOR, allow_pickle=False) as file:
        weights = [file[f"{number:03d}"] for number in range(len(generator.weights))]
        again = keras.models.model_from_json(str(file["architecture"]))
    assert {weight.dtype for weight in weights} == {np.dtype(np.float16)}
    again.set_weights(weights)
    np.testing.assert_allclose(
        sampling.generate(again, sampling.latent((7, 5), seed=1))[..., 0], expected, atol=0.01
    )


def test_training_that_was_stopped_leaves_its_history(tmp_path):
    def stop(epoch):
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, epochs=4, on_epoch_end=stop, resume_every=1)
    kept = tmp_path / run_results.FOLDER
    assert json.loads((kept / run_results.HISTORY).read_text())["epochs"] == [1, 2]
    assert not run_results.is_saved(tmp_path, epoch=4)


def test_lost_results_of_a_finished_training_are_made_again(tmp_path):
    fit(tmp_path)
    samples = tmp_path / run_results.FOLDER / run_results.SAMPLES
    before = samples.read_bytes()
    samples.write_bytes(before[:50])
    fit(tmp_path)
    assert samples.read_bytes() == before
    assert not run_results.is_saved(tmp_path, epoch=3)


def test_grading_keeps_nothing(tmp_path):
    fit(tmp_path, budget=budget.GRADING)
    assert not list(tmp_path.iterdir())


def test_generator_that_fails_does_not_spoil_the_training(tmp_path, capsys):
    class Broken(keras.Model):
        def call(self, noise, training=False):
            if training is False:
                raise RuntimeError("no images today")
            return tf.reshape(noise, (-1, 5, 1))

    broken = Broken()
    broken(np.ones((1, 5), np.float32), training=True)
    broken.input_shape, broken.output_shape = (None, 5), (None, 5, 1)
    run_results.save_generator(tmp_path, {"generator": broken}, epoch=1)
    assert "could not be kept" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_generator_too_large_for_a_hand_in_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(run_results, "_MOST_WEIGHTS", 100)
    run_results.save_generator(tmp_path, {"generator": small_generator()}, epoch=1)
    assert [path.name for path in (tmp_path / run_results.FOLDER).iterdir()] == [
        run_results.SAMPLES
    ]


def test_diverged_generator_is_saved_all_the_same(tmp_path):
    generator = small_generator()
    generator.set_weights([np.full(one.shape, np.nan) for one in generator.get_weights()])
    run_results.save_generator(tmp_path, {"generator": generator}, epoch=1)
    assert run_results.is_saved(tmp_path, epoch=1)
