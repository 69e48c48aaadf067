"""What the grading machine adds to a run of assignment 05.

Every training run is one of small networks of the grading machine's own: the course's decoder alone
has 39 million weights, and a hundred steps of it would cost half a minute. What the student's
networks are is judged where they are made (v1, v2, g1, w1); what the student's training steps do is
judged on networks so simple that the judge can compute the result by hand.
"""

from pathlib import Path

from autograder.challenges import autoencoder, frechet, wasserstein
from autograder.challenges.figure_lines import (
    draw_losses,
    place_history,
    record_lines,
    watch_figures,
)
from autograder.challenges.functions import call_function, record
from autograder.challenges.hooks import Plan, Watch, run_file
from autograder.challenges.linear_gan import run_gan_step
from autograder.challenges.provided import keep_provided, restore_provided
from autograder.checks.common import LONG_RUN

KERNEL = Path(__file__).parent / "kernel"

PROVIDED = """
    BUDGET EPOCHS SAMPLES SAMPLE_EPOCHS budget_of data display folder keep_samples keras layers
    load_samples metrics np plots plt samples_file sampling test_images tf train train_images
    train_rows training
""".split()
VAE = {"encoder": "encoder", "decoder": "decoder", "vae_optimizer": "vae_optimizer"}
GAN = {
    "generator": "generator",
    "discriminator": "discriminator",
    "generator_optimizer": "generator_optimizer",
    "discriminator_optimizer": "discriminator_optimizer",
}
RECONSTRUCTION = "reconstruction_loss(images, decoded)"
DISTANCE = "frechet_distance(first.numpy(), second.numpy())"

SET_UP = (
    watch_figures("watch_figures", "after", "define_train"),
    keep_provided("keep_provided", "after", "define_train", *PROVIDED),
)

# v1: its outputs for drawn images; everything else is in its architecture.
V1 = (
    call_function(
        "v1_outputs",
        "after",
        "v1_check",
        call="[*encoder(rows, training=False)]",
        draw=autoencoder.encoder_inputs,
    ),
)

V2 = (restore_provided("v2_provided", "before", "v2"),)

# v3: each function by itself.
V3 = (
    restore_provided("v3_provided", "before", "v3"),
    autoencoder.draw_codes("v3_codes", "after", "v3_check"),
    call_function(
        "v3_reconstruction",
        "after",
        "v3_check",
        call=RECONSTRUCTION,
        draw=autoencoder.reconstruction_inputs,
    ),
    call_function(
        "v3_edges", "after", "v3_check", call=RECONSTRUCTION, draw=autoencoder.edge_inputs
    ),
    call_function(
        "v3_divergence",
        "after",
        "v3_check",
        call="kl_divergence(mu, log_sigma)",
        draw=autoencoder.divergence_inputs,
    ),
    run_file("v3_stand_ins", "after", "v3_check", KERNEL / "vae_losses.py"),
    call_function(
        "v3_total",
        "after",
        "v3_check",
        call="vae_loss(images, decoded, mu, log_sigma)",
        draw=autoencoder.total_inputs,
    ),
)

# v4: small networks, a history of drawn losses, a decoder with drawn weights.
V4 = (
    run_file("v4_stand_ins", "before", "v4_train", KERNEL / "vae_networks.py"),
    record("v4_before", "before", "v4_train", **VAE),
    record(
        "v4_trained",
        "before",
        "v4_curves",
        **VAE,
        vae_dataset="vae_dataset",
        vae_history="vae_history",
    ),
    place_history(
        "v4_history",
        "before",
        "v4_curves",
        history="vae_history",
        losses=("total_loss", "reconstruction_loss", "kl_loss"),
        draw=autoencoder.draw_losses,
    ),
    record_lines("v4_lines", "after", "v4_curves", points=LONG_RUN),
    run_file(
        "v4_decoder",
        "before",
        "v4_samples",
        KERNEL / "vae_decoder.py",
        draw=autoencoder.decoder_weights,
    ),
    record("v4_made", "before", "v4_check", vae_samples="vae_samples"),
)

# g1: each network, whether or not the other one was made.
G1 = (
    restore_provided("g1_provided", "before", "g1"),
    record(
        "g1_networks", "after", "g1_check", generator="generator", discriminator="discriminator"
    ),
)

# g2: a training run with a correct step on small networks; then the student's step by itself.
G2 = (
    restore_provided("g2_provided", "before", "g2"),
    run_file("g2_stand_ins", "before", "g2_train", KERNEL / "gan_networks.py"),
    record("g2_before", "before", "g2_train", **GAN),
    record("g2_trained", "before", "g2_curves", **GAN),
    place_history(
        "g2_history",
        "before",
        "g2_curves",
        history="gan_history",
        losses=("discriminator_loss", "generator_loss"),
        draw=draw_losses,
    ),
    record_lines("g2_lines", "after", "g2_curves", points=LONG_RUN),
    run_file("g2_restore", "before", "g2_check", KERNEL / "restore_gan_step.py"),
    run_gan_step("g2_step", "after", "g2_check"),
)

# m1: the function on drawn features, then a correct one over drawn samples.
M1 = (
    restore_provided("m1_provided", "before", "m1"),
    call_function("m1_full", "before", "m1_distances", call=DISTANCE, draw=frechet.draw_general),
    call_function("m1_known", "before", "m1_distances", call=DISTANCE, draw=frechet.draw_known),
    call_function(
        "m1_singular", "before", "m1_distances", call=DISTANCE, draw=frechet.draw_singular
    ),
    run_file(
        "m1_samples",
        "before",
        "m1_distances",
        KERNEL / "kept_samples.py",
        draw=frechet.draw_samples,
        enlarged=frechet.ENLARGED,
    ),
    record_lines("m1_lines", "after", "m1_distances", points=frechet.EPOCHS),
)

# w1, w2, w3: the functions and the step by themselves; small networks for the training runs.
W1 = (
    run_file("w1_provided", "before", "w1", KERNEL / "gan_makers.py"),
    call_function(
        "w1_critic_loss",
        "after",
        "w1_check",
        call="critic_loss(real, fake)",
        draw=wasserstein.draw_scores,
    ),
    call_function(
        "w1_generator_loss",
        "after",
        "w1_check",
        call="wgan_generator_loss(fake)",
        draw=wasserstein.draw_scores,
    ),
)
W2 = (
    run_file("w2_stand_ins", "before", "prepare_wgan", KERNEL / "wgan_networks.py"),
    record("w2_apart", "after", "w2_check", apart="critic_optimizer is not wgan_optimizer"),
    wasserstein.run_wgan_step("w2_step", "after", "w2_check"),
)
W3 = (
    restore_provided("w3_provided", "before", "w3"),
    wasserstein.try_gradient_penalty("w3_penalty", "after", "w3_check"),
)

PLAN = Plan(
    hooks=(*SET_UP, *V1, *V2, *V3, *V4, *G1, *G2, *M1, *W1, *W2, *W3),
    watches=(
        Watch("v4_curves", until="v4_samples"),
        Watch("v4_samples", until="v4_check"),
        Watch("g2_curves", until="g2_check"),
        Watch("m1_distances", until="m1_check"),
    ),
)
