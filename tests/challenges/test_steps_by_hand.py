"""Right answers do, in the student's kernel, what the judge computes by hand."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from autograder.challenges import autoencoder, linear_gan, wasserstein
from autograder.challenges.hooks import Hook, Plan, run_file
from autograder.course import Assignment

pytestmark = pytest.mark.slow  # imports TensorFlow

CHALLENGE = "a challenge"
KERNEL = Assignment.find("05_vae_gan_wgan").checks_folder / "kernel"


@pytest.fixture
def records(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("GAN_HELPERS_EVIDENCE", str(tmp_path))
    return tmp_path


def run(hook: Hook, space: dict[str, Any], records: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run a hook in a namespace; return what it recorded, and what it drew."""
    exec(hook.code(CHALLENGE), space)
    objects = json.loads((records / f"{hook.name}.json").read_text())["objects"]
    path = records / f"{hook.name}.npz"
    arrays = dict(np.load(path)) if path.is_file() else {}
    values = {name: arrays.get(described.get("array")) for name, described in objects.items()}
    for name, described in objects.items():
        if values[name] is None:
            values[name] = described.get("value")
    return values, Plan((hook,)).drawn(hook.name, CHALLENGE)


def gan_namespace() -> dict[str, Any]:
    """Return a namespace with a right ``gan_step``, and objects of the notebook's own."""
    space: dict[str, Any] = {"generator": "theirs", "noise_dim": 7}
    entropy = keras.losses.BinaryCrossentropy()

    @tf.function(autograph=False)
    def gan_step(images: Any) -> None:
        generator, discriminator = space["generator"], space["discriminator"]
        half = images.shape[0] // 2
        fake = generator(tf.zeros((half, space["noise_dim"])))
        with tf.GradientTape() as tape:
            for_real = discriminator(images[:half], training=True)
            for_fake = discriminator(fake, training=True)
            loss = entropy(tf.ones_like(for_real), for_real)
            loss += entropy(tf.zeros_like(for_fake), for_fake)
        update(space["discriminator_optimizer"], tape, loss, discriminator)
        with tf.GradientTape() as tape:
            judged = discriminator(generator(tf.zeros((8, space["noise_dim"]))), training=True)
            loss = entropy(tf.ones_like(judged), judged)
        update(space["generator_optimizer"], tape, loss, generator)

    space["gan_step"] = gan_step
    return space


def update(optimizer: Any, tape: Any, loss: Any, network: Any) -> None:
    variables = network.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))


def test_a_right_step_of_a_gan_changes_what_it_should(records):
    space = gan_namespace()
    after, drawn = run(linear_gan.run_gan_step("g2_step", "after", "cell"), space, records)
    assert after["real_shown"] == 4 and after["real_in_training"] is True
    pair, (real, fake) = linear_gan.probabilities(drawn)
    change = after["kernel"].reshape(-1).astype(float) - drawn["kernel"]
    (by_real, by_fake), rest = linear_gan.shares(change, pair)
    assert rest < 0.02
    assert np.allclose([by_real, by_fake], 1e-5 * np.array([1 - real, -fake]), rtol=0.01)
    slope = drawn["kernel"].astype(float) * pair[1] * (1 - pair[1])
    (share,), rest = linear_gan.shares(after["logits"] - drawn["logits"], slope[None])
    assert rest < 0.02 and np.isclose(share, 1 - fake, rtol=0.01)
    assert space["generator"] == "theirs" and space["noise_dim"] == 7


def test_a_right_step_of_a_wgan_clips_and_steps(records):
    space: dict[str, Any] = {}

    def wgan_step(images: Any) -> None:
        critic, generator = space["critic"], space["wgan_generator"]
        for real in tf.split(images, 5):
            fake = generator(tf.zeros((len(real), 100)))
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
            update(space["critic_optimizer"], tape, loss, critic)
            for weight in critic.trainable_variables:
                weight.assign(tf.clip_by_value(weight, -0.01, 0.01))
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(critic(generator(tf.zeros((2, 100)))))
        update(space["wgan_optimizer"], tape, loss, generator)

    space["wgan_step"] = wgan_step
    after, drawn = run(wasserstein.run_wgan_step("w2_step", "after", "cell"), space, records)
    assert after["critic_steps"] == 5 and after["generator_steps"] == 1
    assert np.abs(after["kernel"]).max() <= 0.01 + 1e-6 and abs(after["bias"][0]) <= 0.01 + 1e-6
    fake = 1 / (1 + np.exp(-drawn["logits"].astype(float)))
    wanted = 5 * 1e-4 * (drawn["images"].reshape(-1, 784).mean(axis=0) - fake)
    change = after["kernel"].reshape(-1) - drawn["kernel"]
    assert np.allclose(change[:392], wanted[:392], rtol=0.02, atol=2e-7)


def penalty(critic: Any, real: Any, fake: Any) -> Any:
    share = tf.random.uniform((len(real), 1, 1, 1))
    between = share * real + (1 - share) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between)
    gradients = tape.gradient(scores, between)
    norms = tf.sqrt(tf.reduce_sum(gradients**2, axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean((norms - 1) ** 2)


def test_a_right_penalty_is_that_of_the_formula(records):
    hook = wasserstein.try_gradient_penalty("w3_penalty", "after", "cell")
    values, drawn = run(hook, {"gradient_penalty": penalty}, records)
    norm = np.linalg.norm(drawn["kernel"])
    assert np.isclose(values["linear"], (norm - 1) ** 2, rtol=1e-3)
    assert np.isclose(values["zero"], 1, rtol=1e-3) and np.isfinite(values["zero_gradient"]).all()
    gradient = 2 * (norm - 1) / norm * drawn["kernel"]
    assert np.allclose(values["linear_gradient"].reshape(-1), gradient, rtol=1e-3, atol=1e-5)
    expected = ((wasserstein.BOWL * values["norms"] - 1) ** 2).mean()
    assert len(values["norms"]) == wasserstein.PAIRS and np.isclose(values["bowl"], expected)
    assert values["spread"].max() < 1e-3 and values["between"].std() > 0.1


def test_a_penalty_that_raises_for_one_critic_is_recorded_for_the_others(records):
    def fails_for_many(critic: Any, real: Any, fake: Any) -> Any:
        if len(real) > 100:
            raise ValueError("too many")
        return penalty(critic, real, fake)

    hook = wasserstein.try_gradient_penalty("w3_penalty", "after", "cell")
    values, _ = run(hook, {"gradient_penalty": fails_for_many}, records)
    assert values["bowl_error"] == "ValueError: too many" and "bowl" not in values
    assert values["linear"] is not None and values["zero"] is not None


def test_right_codes_are_drawn_afresh_in_a_graph(records, caplog):
    space: dict[str, Any] = {}
    exec(run_file("stand_ins", "after", "cell", KERNEL / "vae_losses.py").code(CHALLENGE), space)
    hook = autoencoder.draw_codes("v3_codes", "after", "cell")
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        values, drawn = run(hook, space, records)
    assert "AutoGraph" not in caplog.text  # which finds no source of kernel files
    noise = (values["codes"] - drawn["mu"]) / np.exp(drawn["log_sigma"])
    assert noise.shape == (autoencoder.CODES, autoencoder.CODE_SIZE) and 0.9 < noise.std() < 1.1
    assert not np.allclose(values["codes"], values["again"])
    assert np.allclose(values["by_mu"], 1)
    assert np.allclose(values["by_log_sigma"], values["codes"] - drawn["mu"], atol=1e-3)


def test_the_correct_step_of_the_gan_stands_in_until_the_students_is_wanted(caplog):
    theirs = object()
    space: dict[str, Any] = {"gan_step": theirs, "_grading_state": {"provided": {}}}
    exec(run_file("in", "before", "cell", KERNEL / "gan_networks.py").code(CHALLENGE), space)
    weights = [space[name].get_weights()[0] for name in ("generator", "discriminator")]
    with caplog.at_level(logging.WARNING, logger="tensorflow"):
        losses = tf.function(space["gan_step"])(tf.random.uniform((4, 28, 28, 1)))
    assert set(losses) == {"discriminator_loss", "generator_loss"}
    for name, before in zip(("generator", "discriminator"), weights, strict=True):
        assert not np.array_equal(space[name].get_weights()[0], before)
    assert "AutoGraph" not in caplog.text
    restore = run_file("out", "before", "cell", KERNEL / "restore_gan_step.py").code(CHALLENGE)
    exec(restore, space)
    assert space["gan_step"] is theirs
    space["gan_step"] = again = object()
    exec(restore, space)
    assert space["gan_step"] is again
