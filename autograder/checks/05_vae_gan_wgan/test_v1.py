"""Question v1: the encoder."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.challenges.autoencoder import CODE_SIZE
from autograder.evidence.schema import List, Model, Tuple
from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Rebuild, check, require
from autograder.judging.networks import Architecture

ENCODER_PARAMS = 253_312
HEAD_PARAMS = 1792 * CODE_SIZE + CODE_SIZE


def _encoder(evidence: Evidence, rebuild: Rebuild) -> Architecture:
    return rebuild(evidence.recorded("v1").get("encoder", Model), "encoder")


@check("v1", points=1, title="The encoder gives two vectors for an image")
@explained_by("v1")
def test_encoder_has_two_outputs(evidence: Evidence, rebuild: Rebuild) -> None:
    network = _encoder(evidence, rebuild)
    require(
        tuple(network.input_shape)[1:] == (28, 28),
        "The encoder should take an image as 28 rows of 28 pixels; look at its input.",
    )
    # With several outputs there is a shape for each of them in the place of a size.
    shapes: tuple[Any, ...] = network.output_shape
    outputs = [tuple(shape)[1:] for shape in shapes if isinstance(shape, list | tuple)]
    require(
        outputs == [(CODE_SIZE,), (CODE_SIZE,)],
        "The encoder should have two outputs, a list of two vectors; compare with the question.",
    )


@check("v1", points=1, title="An LSTM reads the rows and returns every state")
@explained_by("v1")
def test_encoder_reads_rows(evidence: Evidence, rebuild: Rebuild) -> None:
    lstms = _encoder(evidence, rebuild).of_class("LSTM")
    require(len(lstms) == 1, f"The encoder has {len(lstms)} LSTM layers; compare with the list.")
    require(
        lstms[0].config.get("units") == 64,
        f"The LSTM has {lstms[0].config.get('units')} units; compare with the list.",
    )
    require(
        tuple(lstms[0].output_shape[1:]) == (28, 64),
        "The LSTM should read 28 rows and return its state after every one of them, not after the "
        "last one alone.",
    )


@check("v1", points=1, title="mu and log_sigma come from a layer of their own each")
@explained_by("v1")
def test_encoder_has_two_heads(evidence: Evidence, rebuild: Rebuild) -> None:
    heads = _encoder(evidence, rebuild).of_class("Dense")
    require(
        len(heads) == 2,
        f"The encoder has {len(heads)} fully connected layers; mu and log_sigma need one each.",
    )
    require(
        all(head.params == HEAD_PARAMS for head in heads),
        "mu and log_sigma should each see all states of the LSTM; look at what comes before them.",
    )
    linear = all(head.config.get("activation") == "linear" for head in heads)
    require(linear, "mu and log_sigma may be any number; think about their activation.")


@check("v1", points=1, title="The encoder works on images, and has the right size")
@explained_by("v1")
def test_encoder_works(evidence: Evidence, rebuild: Rebuild) -> None:
    error = evidence.run.hook_errors.get("v1_outputs")
    require(error is None, f"encoder(images) did not give two outputs: {error}.")
    recording = evidence.recorded("v1_outputs")
    items = recording.get("value", List, Tuple).items
    require(len(items) == 2, "encoder(images) should give two outputs.")
    mu, log_sigma = (recording.array(item) for item in items)
    require(
        mu.shape == log_sigma.shape == (4, CODE_SIZE),
        "encoder(images) should give two vectors for each image.",
    )
    require(
        not np.allclose(mu, log_sigma, atol=1e-4),
        "mu and log_sigma are equal for every image; they should be computed apart.",
    )
    for name, output in (("mu", mu), ("log_sigma", log_sigma)):
        require(
            output.min() < 0 < output.max(),
            f"{name} never takes one of the two signs; it may be any number.",
        )
    params = _encoder(evidence, rebuild).params
    require(
        params == ENCODER_PARAMS,
        f"The encoder has {params:,} parameters; compare with the question.",
    )
