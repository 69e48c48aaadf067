"""What the grading machine adds to a run of assignment 05.

Every training runs on small networks of the grading machine's own: the course's decoder alone has
39 million weights, and a hundred steps of it would cost half a minute. What the student's networks
are is judged where they are made (v1, v2, g1, w1); what the student's training steps do is judged
on networks so simple that the judge can compute the result by hand (see ``in_kernel``).

Arrays drawn for a run are made here, by name in ``DRAWS``, and again by the judge.
"""

import base64
import io
from pathlib import Path

import numpy as np

from autograder.challenges.probes import Probe, Watch, call_function, record, run_code, spread_out
from autograder.evidence.seeds import seed_for

_IN_KERNEL = Path(__file__).parent / "in_kernel"
EPOCHS = 100
CODE = 64
SAMPLE_EPOCHS = tuple(range(10, EPOCHS + 1, 10))


def _rng(seed):
    return np.random.default_rng(seed)


def _images(rng, *shape):
    """Draw grey values between 0 and 1, exact in few digits so that they travel well as text."""
    return rng.integers(1, 99, shape).astype(np.float32) / np.float32(100)


def encoder_inputs(seed):
    """Draw four images in rows."""
    return {"rows": _images(_rng(seed), 4, 28, 28)}


def code_inputs(seed):
    """Draw one mean and one logarithm of a standard deviation for each of 64 columns."""
    rng = _rng(seed)
    mu, log_sigma = rng.normal(size=(1, 64)), rng.uniform(-1.5, 1, (1, 64))
    return {"mu": mu.astype(np.float32), "log_sigma": log_sigma.astype(np.float32)}


def divergence_inputs(seed):
    """Draw means and logarithms of standard deviations for five images."""
    rng = _rng(seed)
    # The means go further, so that the divergence is another number with the two exchanged.
    mu = np.stack([rng.uniform(0.8, 1.2) * spread_out(rng, -2, 2, CODE) for _ in range(5)])
    log_sigma = np.stack([spread_out(rng, -1.5, 1, CODE) for _ in range(5)])
    return {"mu": mu.astype(np.float32), "log_sigma": log_sigma.astype(np.float32)}


def reconstruction_inputs(seed):
    """Draw two images and what a decoder made of them.

    That is the image with less contrast, and noise: with the two exchanged, or with smoothed
    labels, the cross-entropy is clearly another number.
    """
    rng = _rng(seed)
    images = _images(rng, 2, 28, 28)
    decoded = 0.2 + 0.6 * images + rng.uniform(-0.1, 0.1, images.shape)
    return {"images": images, "decoded": decoded.round(2).astype(np.float32)}


def edge_inputs(seed):
    """Draw two images and decoded ones that are exactly 0 or 1 in places, right or wrong."""
    rng = _rng(seed)
    images = rng.integers(0, 2, (2, 28, 28)).astype(np.float32)
    decoded = rng.integers(0, 2, (2, 28, 28)).astype(np.float32)
    return {"images": images, "decoded": decoded}


def total_inputs(seed):
    """Draw the arguments of the VAE's loss for two images."""
    divergence = divergence_inputs(seed)
    return {**reconstruction_inputs(seed), **{key: value[:2] for key, value in divergence.items()}}


def vae_history(seed):
    """Draw losses of 100 epochs, a row for each of total, reconstruction and divergence."""
    rng = _rng(seed)
    falling = np.exp(-np.arange(EPOCHS) / 30)
    reconstruction = 100 + 300 * falling + rng.uniform(0, 20, EPOCHS)
    divergence = 5 + 20 * (1 - falling) + rng.uniform(0, 2, EPOCHS)
    return {"losses": np.stack([reconstruction + divergence, reconstruction, divergence])}


def gan_history(seed):
    """Draw losses of 100 epochs, a row for each of discriminator and generator."""
    return {"losses": _rng(seed).uniform(0.4, 2.5, (2, EPOCHS))}


def decoder_weights(seed):
    """Draw the weights of a decoder that can be undone: one full layer, far from saturation."""
    rng = _rng(seed)
    kernel, bias = rng.normal(0, 0.15, (64, 784)), rng.normal(0, 0.3, 784)
    return {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}


def gan_inputs(seed):
    """Draw a real image, a generator that always makes one other image, and a discriminator.

    The discriminator is one linear layer with a sigmoid that gives the real image a probability
    just below 1/2 and the other one about 0.8: far from each other's complement, so that every
    mix-up, other losses and smoothed labels show in what it learns.
    """
    rng = _rng(seed)
    real, logits = rng.uniform(0.05, 0.95, 784), rng.uniform(-1.5, 1.5, 784)
    fake = 1 / (1 + np.exp(-logits))
    kernel = rng.normal(0, 0.02, 784)
    pair = np.stack([real, fake])
    wanted = np.array([rng.uniform(-0.3, -0.05), rng.uniform(1.3, 1.7)])
    kernel += pair.T @ np.linalg.solve(pair @ pair.T, wanted - pair @ kernel)
    arrays = {"real": real, "logits": logits, "kernel": kernel}
    return {key: value.astype(np.float32) for key, value in arrays.items()}


def _features(rng, rows, mix):
    """Draw a sample of features whose covariance is exactly ``mix.T @ mix``.

    Distances that are wrong are then as far from the right one in every run.
    """
    sample = rng.normal(size=(rows, len(mix)))
    unrelated = np.linalg.qr(sample - sample.mean(axis=0))[0] * np.sqrt(rows - 1)
    return unrelated @ mix


def _mean(rng, columns):
    """Draw a vector of length 6 to 7: its square is a large part of the distances here."""
    vector = rng.normal(size=columns)
    return rng.uniform(6, 7) * vector / np.linalg.norm(vector)


def full_features(seed):
    """Draw two samples of features, their covariances regular.

    They are of unequal size, here and in the next two functions: what ``gan_helpers.metrics`` has
    compares equally large samples only, so the package's function is no answer to the question.
    In the first, columns vary the more the later they come; in the second, all columns vary
    together. So the product of the covariances is far from symmetric and far from diagonal, and a
    root that takes it for either gives clearly another distance.
    """
    rng = _rng(seed)
    growing = np.diag(np.sort(spread_out(rng, 0.3, 3, 12)))
    together = np.eye(12) + rng.uniform(0.5, 0.7)
    first, second = _features(rng, 60, growing), _features(rng, 45, together) + _mean(rng, 12)
    return {"first": first.astype(np.float32), "second": second.astype(np.float32)}


def known_features(seed):
    """Draw a sample and, twice, its image under scaling and shifting, whose distance is known."""
    rng = _rng(seed)
    directions = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    first = _features(rng, 90, np.diag(spread_out(rng, 0.3, 2, 12)) @ directions) + _mean(rng, 12)
    scale, shift = rng.uniform(1.5, 2), rng.uniform(0.5, 1, 12) * rng.choice([-1, 1], 12)
    second = scale * np.concatenate([first, first]) + shift
    return {"first": first.astype(np.float32), "second": second.astype(np.float32)}


def singular_features(seed):
    """Draw fewer rows than columns, some columns zero throughout as after a dead ReLU.

    So many eigenvalues are 0 that rounding makes some of them negative in every run.
    """
    rng = _rng(seed)
    first, second = rng.normal(size=(12, 48)), 1 + 2 * rng.normal(size=(13, 48))
    first[:, :5] = 0
    second[:, :4] = 0
    return {"first": first.astype(np.float32), "second": second.astype(np.float32)}


def kept_samples(seed):
    """Draw samples of two models for ten epochs, real features, and a layer that makes features."""
    rng = _rng(seed)
    # Coarse images: few numbers to send, and as good as any others.
    samples = rng.integers(0, 256, (2, len(SAMPLE_EPOCHS), 16, 4, 4)).astype(np.uint8)
    samples = (samples * rng.uniform(0.3, 1, samples.shape[:2])[..., None, None, None]).astype("u1")
    kernel = rng.normal(0, 0.1, (784, 6)).astype(np.float32)
    real = rng.normal(size=(16, 6)).astype(np.float32)
    return {"samples": samples, "kernel": kernel, "real": real}


def score_inputs(seed):
    """Draw scores of real and of generated images, unequally many."""
    rng = _rng(seed)
    real, fake = spread_out(rng, -1.5, 5, 12)[:, None], spread_out(rng, -4, 2, 9)[:, None]
    return {"real": real.astype(np.float32), "fake": fake.astype(np.float32)}


def wgan_inputs(seed):
    """Draw ten real images, a generator that always makes one image, and a linear critic.

    Half of the critic's weights are so small that clipping never touches them; they tell which
    steps were taken. The others are large; they tell how clipping was done.
    """
    rng = _rng(seed)
    small = np.arange(784) < 392
    kernel = np.where(small, rng.uniform(-0.002, 0.002, 784), rng.choice([-0.5, 0.5], 784))
    logits = rng.uniform(-2, 2, 784)
    return {
        "images": _images(rng, 10, 28, 28, 1),
        "kernel": kernel.astype(np.float32),
        "logits": logits.astype(np.float32),
    }


def penalty_inputs(seed):
    """Draw images, and the weights of a linear critic whose gradient has a norm above 2.

    At 2 the penalty would be right without its square, and at 1.93 with a mean over the pixels in
    place of a sum.
    """
    rng = _rng(seed)
    kernel = rng.normal(size=784)
    kernel *= rng.uniform(2.4, 3.2) / np.linalg.norm(kernel)
    return {
        "real": _images(rng, 6, 28, 28, 1),
        "fake": _images(rng, 6, 28, 28, 1),
        "kernel": kernel.astype(np.float32),
        "levels": np.array([rng.uniform(0.05, 0.25), rng.uniform(0.7, 0.95)], np.float32),
    }


DRAWS = {
    "v1_outputs": encoder_inputs,
    "v3_codes": code_inputs,
    "v3_reconstruction": reconstruction_inputs,
    "v3_edges": edge_inputs,
    "v3_divergence": divergence_inputs,
    "v3_total": total_inputs,
    "v4_history": vae_history,
    "v4_decoder": decoder_weights,
    "g2_history": gan_history,
    "g2_step": gan_inputs,
    "m1_full": full_features,
    "m1_known": known_features,
    "m1_singular": singular_features,
    "m1_samples": kept_samples,
    "w1_critic_loss": score_inputs,
    "w1_generator_loss": score_inputs,
    "w2_step": wgan_inputs,
    "w3_penalty": penalty_inputs,
}


def _calls(name, when, cell, call):
    return call_function(name, when, cell, call=call, inputs=DRAWS[name])


def _in_kernel(name, when, cell, part, *, records=False):
    """Return a probe that runs a file of ``in_kernel`` with the arrays drawn under its name.

    The file defines ``_grading(arrays)``; what that returns is recorded under the probe's name.
    """

    def code(challenge):
        buffer = io.BytesIO()
        if name in DRAWS:
            np.savez_compressed(buffer, **DRAWS[name](seed_for(challenge, name)))
        packed = base64.b64encode(buffer.getvalue()).decode()
        return f"""{(_IN_KERNEL / part).read_text(encoding="utf-8")}

def _grading_run():
    import base64, io, numpy
    from gan_helpers import evidence
    packed = base64.b64decode({packed!r})
    found = _grading(dict(numpy.load(io.BytesIO(packed))) if packed else {{}})
    if {records!r}:
        evidence.record({name!r}, **found)
_grading_run()
del _grading, _grading_run
"""

    return Probe(name, when, cell, code, records=(name,) if records else ())


# An answer may have used a provided name for something else.
_PROVIDED = "globals().update(_grading_state['provided'])"

_VAE = {"encoder": "encoder", "decoder": "decoder", "vae_optimizer": "vae_optimizer"}
_GAN = {
    "generator": "generator",
    "discriminator": "discriminator",
    "generator_optimizer": "generator_optimizer",
    "discriminator_optimizer": "discriminator_optimizer",
}

PROBES = (
    _in_kernel("set_up", "after", "define_train", "set_up.py"),
    # v1: its outputs for drawn images; everything else is in its architecture.
    _calls("v1_outputs", "after", "v1_check", "[*encoder(rows, training=False)]"),
    run_code("v2_provided", "before", "v2", _PROVIDED),
    # v3: each function on its own.
    run_code("v3_provided", "before", "v3", _PROVIDED),
    _in_kernel("v3_codes", "after", "v3_check", "draw_codes.py", records=True),
    _calls("v3_reconstruction", "after", "v3_check", "reconstruction_loss(images, decoded)"),
    _calls("v3_edges", "after", "v3_check", "reconstruction_loss(images, decoded)"),
    _calls("v3_divergence", "after", "v3_check", "kl_divergence(mu, log_sigma)"),
    _in_kernel("v3_stand_ins", "after", "v3_check", "vae_losses.py"),
    _calls("v3_total", "after", "v3_check", "vae_loss(images, decoded, mu, log_sigma)"),
    # v4: small networks, a history of drawn losses, a decoder with drawn weights.
    _in_kernel("v4_stand_ins", "before", "v4_train", "vae_networks.py"),
    record("v4_before", "before", "v4_train", **_VAE),
    record(
        "v4_trained",
        "before",
        "v4_curves",
        **_VAE,
        vae_dataset="vae_dataset",
        vae_history="vae_history",
    ),
    _in_kernel("v4_history", "before", "v4_curves", "vae_history.py"),
    record("v4_lines", "after", "v4_curves", lines="_grading_state['drawn'](100)"),
    _in_kernel("v4_decoder", "before", "v4_samples", "vae_decoder.py"),
    record("v4_made", "before", "v4_check", vae_samples="vae_samples"),
    # g1: each network, whether or not the other one was made.
    record(
        "g1_networks",
        "after",
        "g1_check",
        generator="generator",
        discriminator="discriminator",
    ),
    # g2: training with a correct step on small networks; then the student's step by itself.
    run_code("g1_provided", "before", "g1", _PROVIDED),
    run_code("g2_provided", "before", "g2", _PROVIDED),
    _in_kernel("g2_stand_ins", "before", "g2_train", "gan_networks.py"),
    record("g2_before", "before", "g2_train", **_GAN),
    record("g2_trained", "before", "g2_curves", **_GAN),
    _in_kernel("g2_history", "before", "g2_curves", "gan_history.py"),
    record("g2_lines", "after", "g2_curves", lines="_grading_state['drawn'](100)"),
    run_code("g2_restore", "before", "g2_check", "_grading_state['give_back']()"),
    _in_kernel("g2_step", "after", "g2_check", "gan_step.py", records=True),
    # m1: the function on drawn features, then a correct one over drawn samples.
    run_code("m1_provided", "before", "m1", _PROVIDED),
    *(
        _calls(
            name,
            "before",
            "m1_distances",
            "frechet_distance(first.numpy(), second.numpy())",
        )
        for name in ("m1_full", "m1_known", "m1_singular")
    ),
    _in_kernel("m1_samples", "before", "m1_distances", "kept_samples.py"),
    record("m1_lines", "after", "m1_distances", lines="_grading_state['drawn'](10)"),
    # w1, w2, w3: the functions and the step by themselves; small networks for the trainings.
    _in_kernel("w1_provided", "before", "w1", "gan_makers.py"),
    _calls("w1_critic_loss", "after", "w1_check", "critic_loss(real, fake)"),
    _calls("w1_generator_loss", "after", "w1_check", "wgan_generator_loss(fake)"),
    _in_kernel("w2_stand_ins", "before", "prepare_wgan", "wgan_networks.py"),
    record("w2_apart", "after", "w2_check", apart="critic_optimizer is not wgan_optimizer"),
    _in_kernel("w2_step", "after", "w2_check", "wgan_step.py", records=True),
    run_code("w3_provided", "before", "w3", _PROVIDED),
    _in_kernel("w3_penalty", "after", "w3_check", "penalty.py", records=True),
)

WATCHES = (
    Watch("v4_curves", until="v4_samples"),
    Watch("v4_samples", until="v4_check"),
    Watch("g2_curves", until="g2_check"),
    Watch("m1_distances", until="m1_check"),
)
