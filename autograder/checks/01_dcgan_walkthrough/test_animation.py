"""Task 7: the pictures of a training run and their animation."""

from __future__ import annotations

import numpy as np
import PIL.Image
from calls import finished

from autograder.challenges.sample_grid import SAMPLES, samples_for, wanted_rows
from autograder.evidence.schema import Array, Bool, Image, Text
from autograder.judging.assertions import explained_by
from autograder.judging.check import Evidence, Recording, Unmet, check, require


def _without_ready_made(evidence: Evidence) -> Recording:
    """Return the record of the run, if it was made without gan_helpers' answer to the task."""
    recording: Recording = finished(evidence, "animation_run", "Looking at the pictures")
    require(
        recording.get("brought_back", Bool).value is False,
        "Functions of gan_helpers that are the answer to this task were brought back; the task "
        "asks for your own.",
    )
    return recording


def _samples(evidence: Evidence) -> list[list[int]]:
    """Return which markers the saved picture shows, row by row."""
    _without_ready_made(evidence)
    call = "generate_and_save_images(model, epoch, test_input)"
    recording = finished(evidence, "animation_samples", call)
    pixels = recording.array(recording.get("picture", Image))
    picture = PIL.Image.fromarray(pixels.astype(np.uint8))
    return samples_for(evidence.run.challenge, "animation_samples").rows(picture)


@check("animation", points=0.5, title="A picture holds all sixteen samples, four by four")
@explained_by("animation")
def test_grid(evidence: Evidence) -> None:
    rows = [[sample % SAMPLES for sample in row] for row in _samples(evidence)]
    require(
        rows == wanted_rows(),
        f"Sixteen test images were looked for in the picture; {sum(map(len, rows))} of them were "
        f"found, in {len(rows)} rows. Compare arrangement and order with the task.",
    )


@check("animation", points=0.5, title="The samples are made in inference mode")
@explained_by("animation")
def test_inference_mode(evidence: Evidence) -> None:
    samples = [sample for row in _samples(evidence) for sample in row]
    require(samples, "None of the sixteen test images can be seen in the picture.")
    require(max(samples) < SAMPLES, "The model was called as if it were being trained.")


def _run(evidence: Evidence) -> tuple[Recording, list[int], np.ndarray]:
    """Return the record of the run, its epochs, and their pictures ``(n, 96, 96)``."""
    recording = _without_ready_made(evidence)
    epochs = [int(epoch) for epoch in recording.array(recording.get("epochs", Array))]
    require(len(epochs) >= 2, f"The training left {len(epochs)} pictures image_at_epoch_....png.")
    return recording, epochs, recording.array(recording.get("pictures", Array))


@check("animation", points=0.5, title="There is a picture of every epoch, always of the same noise")
@explained_by("animation")
def test_same_noise(evidence: Evidence) -> None:
    recording, epochs, pictures = _run(evidence)
    require(
        epochs == list(range(epochs[0], epochs[0] + len(epochs))) and epochs[0] <= 1,
        f"The pictures have the numbers {', '.join(map(str, epochs[:12]))}; there should be one of "
        "every epoch.",
    )
    require(
        all(np.any(first != then) for first, then in zip(pictures, pictures[1:], strict=False)),
        "Pictures of different epochs are the same: they do not show the generator of their time.",
    )
    stages = recording.array(recording.get("stages", Array))
    require(
        stages.size and stages.max() >= len(epochs),
        "The pictures of different epochs were made from different noise, so they cannot be "
        "compared.",
    )


@check("animation", points=0.5, title="The animation shows the pictures in the order of the epochs")
@explained_by("animation")
def test_animation(evidence: Evidence) -> None:
    recording, epochs, pictures = _run(evidence)
    try:
        trouble = recording.get("trouble", Text).value
    except Unmet:  # there was none
        trouble = ""
    require(not trouble, f"anim_file cannot be opened as an animation ({trouble[:120]}).")
    kind = recording.get("format", Text).value
    require(kind == "GIF", f"anim_file is no GIF but {kind[:20]}.")
    frames = recording.array(recording.get("frames", Array)).astype(float)
    shown = [int(np.abs(pictures - frame).mean(axis=(1, 2)).argmin()) for frame in frames]
    # A last picture that is shown twice is a pause.
    places = [place for n, place in enumerate(shown) if n == 0 or place != shown[n - 1]]
    require(
        places == list(range(len(epochs))),
        f"The animation shows {len(set(places))} of the {len(epochs)} pictures, beginning with the "
        f"epochs {', '.join(str(epochs[place]) for place in places[:8])}.",
    )
