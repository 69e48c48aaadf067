"""Sets every random number that a notebook draws from here on, whatever ran before."""

from __future__ import annotations

from tensorflow import keras, random

from autograder.challenges.kernel.state import Space


def main(space: Space, *, seed: int) -> None:
    """Give Python, NumPy, TensorFlow and Keras a seed, and TensorFlow's global generator.

    Args:
        space: The student's namespace.
        seed: The seed.
    """
    keras.utils.set_random_seed(seed)
    # Not a new generator: functions that were compiled before draw from the one that there is.
    random.get_global_generator().reset_from_seed(seed)
