"""Train the scorer of MNIST digits that is shipped with gan_helpers: python -m tools.train_scorer.

It takes six minutes of processor time, and prints the SHA-256 that has to be pinned as
``MNIST_SHA256`` in ``gan_helpers/_scorer/model.py``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from gan_helpers import data
from gan_helpers._scorer.model import MNIST_WEIGHTS, pixels, unpack
from gan_helpers._scorer.train import Recipe, pack, train

# Longer than what a user has to wait for.
STEPS = 8000


def main(arguments: Sequence[str] | None = None) -> None:
    """Train it, measure it and write its file.

    Args:
        arguments: Of the command line; ``None``: those it was started with.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.train_scorer", description=__doc__)
    parser.add_argument("--output", type=Path, default=MNIST_WEIGHTS, help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=STEPS, help="default: %(default)s")
    options = parser.parse_args(arguments)
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    if len(x_train) < 5000:  # scikit-learn's digits, which stand in for MNIST
        parser.error("MNIST itself is needed: see the reason above.")
    weights = train(pixels(x_train), y_train, recipe=Recipe(steps=options.steps), classes=10)
    name = f"trained on {len(x_train):,} MNIST digits"
    content = pack(name, weights, pixels(x_test), y_test)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(content)
    scorer = unpack(content)
    print(
        f"{scorer.name}: reads {scorer.accuracy:.2%} of {len(x_test):,} test digits right.\n"
        f"{options.output}: {len(content):,} bytes, SHA-256 (to be pinned as MNIST_SHA256)\n"
        f"{scorer.digest}"
    )


if __name__ == "__main__":
    main()
