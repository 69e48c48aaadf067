"""Plain figures tell rough shapes of many kinds from noise, from grey and from one shape."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.judging.image_quality import features, measure, nearest_class

RNG = np.random.default_rng(0)


def shapes(count: int, *, classes: int = 10, blur: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Return bright bars in ten places, with some noise."""
    labels = np.arange(count) % classes
    images = np.zeros((count, 28, 28))
    for image, label in zip(images, labels, strict=True):
        image[2 + 2 * label : 7 + 2 * label, 4:24] = 0.8
    return np.clip(images + blur * RNG.normal(size=images.shape), 0, 1), labels


REAL, LABELS = shapes(512)


def test_real_images_are_near_and_of_all_classes():
    quality = measure(shapes(256)[0], REAL, LABELS)
    assert quality.distance < 0.05
    assert quality.classes == 10


def test_rough_shapes_are_nearer_than_noise_and_grey():
    rough = measure(shapes(256, blur=0.3)[0], REAL, LABELS)
    noise = measure(RNG.random((256, 28, 28)), REAL, LABELS)
    grey = measure(np.full((256, 28, 28), 0.5), REAL, LABELS)
    assert rough.distance < 0.5 * min(noise.distance, grey.distance)
    assert rough.classes == 10
    assert noise.classes == grey.classes == 0, "they are like nothing real"


def test_one_shape_for_all_covers_one_class():
    assert measure(shapes(256, classes=1)[0], REAL, LABELS).classes == 1


def test_values_outside_of_the_range_are_cut_off():
    np.testing.assert_array_equal(
        features(9 * REAL[:5] - 4), features((9 * REAL[:5] - 4).clip(0, 1))
    )
    classes, differences = nearest_class(3 * REAL - 0.5, REAL, LABELS)
    np.testing.assert_array_equal(classes, LABELS)
    assert differences.max() < 0.2


def test_features_have_the_stated_form():
    assert features(REAL[:3]).shape == (3, 81)
    assert features(np.ones((1, 28, 28)))[0].tolist() == [1.0] * 49 + [0.0] * 32


@pytest.mark.parametrize(
    "samples", [np.zeros((256, 28, 28, 1)), np.zeros((600, 28, 28)), np.full((256, 28, 28), np.nan)]
)
def test_other_images_are_refused(samples):
    with pytest.raises(ValueError):
        measure(samples, REAL, LABELS)
