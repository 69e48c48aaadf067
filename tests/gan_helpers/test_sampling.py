import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from gan_helpers import sampling

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_latent_seed_repeats_and_disturbs_nothing():
    tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    before = tf.random.get_global_generator().state.numpy()
    first, second = sampling.latent((16, 40), seed=5), sampling.latent((16, 40), seed=5)
    assert first.shape == (16, 40) and first.dtype == tf.float32
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, sampling.latent((16, 40), seed=6))
    np.testing.assert_array_equal(before, tf.random.get_global_generator().state.numpy())


def test_latent_without_seed_is_new_noise_also_in_a_function():
    tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    draw = tf.function(lambda count: sampling.latent((count, 40)))
    noise = tf.concat([draw(tf.constant(512)), draw(tf.constant(512))], 0).numpy()
    assert not np.array_equal(noise[:512], noise[512:])
    assert abs(noise.mean()) < 0.03 and abs(noise.std() - 1) < 0.03


def test_interpolation_keeps_the_length_of_the_noise():
    start, end = sampling.latent((2, 40), seed=0).numpy()
    path = sampling.interpolate(start, end, steps=9)
    np.testing.assert_allclose(path[[0, -1]], [start, end], atol=1e-6)
    lengths = np.linalg.norm(path, axis=1)
    np.testing.assert_allclose(lengths, np.linspace(lengths[0], lengths[-1], 9), rtol=1e-5)
    directions = path / lengths[:, None]
    angles = np.arccos((directions[1:] * directions[:-1]).sum(axis=1))
    np.testing.assert_allclose(angles, angles[0], rtol=1e-3)


def test_interpolation_where_there_is_no_arc():
    vector = np.array([1.0, 2.0])
    np.testing.assert_allclose(sampling.interpolate(vector, vector, steps=3), [vector] * 3)
    np.testing.assert_allclose(sampling.interpolate(vector, 3 * vector, steps=2)[1], 3 * vector)
    assert np.isfinite(sampling.interpolate(vector, -vector)).all()


@pytest.mark.parametrize(
    ("start", "end", "steps"),
    [
        (np.ones(3), np.ones(4), 3),
        (np.ones((1, 3)), np.ones((1, 3)), 3),
        (np.zeros(3), np.ones(3), 3),
        (np.ones(3), np.ones(3), 1),
    ],
)
def test_interpolation_refuses_what_does_not_fit(start, end, steps):
    with pytest.raises(ValueError, match="must be"):
        sampling.interpolate(start, end, steps=steps)


def test_grid_puts_images_row_by_row():
    images = np.stack([np.full((2, 3, 1), v, np.float32) for v in (-1, 0, 1, -1, 1)])
    grid = sampling.image_grid(images, columns=3, pad=1, scale=1)
    assert grid.shape == (2 * 3 + 1, 3 * 4 + 1) and grid.dtype == np.uint8
    assert [grid[1, 1], grid[1, 5], grid[1, 9]] == [0, 128, 255]
    assert [grid[4, 1], grid[4, 5], grid[4, 9]] == [0, 255, 255], "the unused place is white"
    assert (grid[0] == 255).all() and (grid[:, 0] == 255).all()


def test_grid_range_is_explicit_and_clipped():
    images = np.array([0.0, 0.5, 1.0, 2.0]).reshape(4, 1, 1)
    grid = sampling.image_grid(images, pad=0, scale=1, value_range=(0, 1))
    np.testing.assert_array_equal(grid, [[0, 128, 255, 255]])
    assert sampling.image_grid(images, pad=0, scale=3, columns=2).shape == (6, 6)


def test_grid_takes_tensors_and_fewer_images_than_columns():
    assert sampling.image_grid(tf.zeros((2, 28, 28, 1)), pad=0, scale=1).shape == (28, 56)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((4, 28, 28, 3)), {}, r"\(4, 28, 28, 3\)"),
        (np.zeros((28, 28)), {}, "N at least 1|needs grey images"),
        (np.zeros((0, 28, 28)), {}, "at least 1"),
        (np.full((1, 2, 2), np.nan), {}, "diverged"),
        (np.zeros((1, 2, 2)), {"value_range": (1, 1)}, "value_range"),
        (np.zeros((1, 2, 2)), {"columns": 0}, "columns"),
    ],
)
def test_grid_refuses_with_the_reason(images, options, message):
    with pytest.raises(ValueError, match=message):
        sampling.image_grid(images, **options)


def test_saved_file_holds_the_grid(tmp_path):
    images = np.random.default_rng(0).uniform(-1, 1, (16, 28, 28, 1)).astype(np.float32)
    sampling.save_image_grid(images, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "L"
        np.testing.assert_array_equal(np.asarray(picture), sampling.image_grid(images))
