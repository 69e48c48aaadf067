"""What the grading machine adds to a run of assignment 03: results of trainings, and records."""

from autograder.challenges.experiments import record_runs, stand_in_run
from autograder.challenges.probes import Watch, record, run_code

# What provided cells define and every answer may rely on, kept where no student code looks for it.
_KEEP = """
_grading_provided = {
    name: globals()[name]
    for name in (
        "BUDGET", "Path", "Result", "budget", "data", "dataclasses", "device", "display",
        "distance_from_data", "features", "floor", "folder", "json", "keras", "layers",
        "make_dataset", "make_discriminator_model", "make_leaky_generator_model", "metrics", "np",
        "plots", "plt", "sampling", "scaled", "test_images", "tf", "train_images", "training",
        "workspace",
    )
}
"""
# An answer may have used one of these names for something else.
_PROVIDED = "globals().update(_grading_provided)"
_LEAKY = _PROVIDED + "\nmake_generator_model = make_leaky_generator_model"
# A right answer to b1, for the questions that use it: b1's mistakes are paid for there.
_RELU = (
    _PROVIDED
    + """
def make_generator_model(noise_dim=100):
    return keras.Sequential([
        keras.Input((noise_dim,)),
        layers.Dense(7 * 7 * 256, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
        layers.Reshape((7, 7, 256)),
        layers.Conv2DTranspose(128, 5, strides=1, padding="same", use_bias=False),
        layers.BatchNormalization(), layers.ReLU(),
        layers.Conv2DTranspose(64, 5, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(), layers.ReLU(),
        layers.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False, activation="tanh"),
    ])
"""
)

#: The result that each cell with a training should make.
RESULTS = {
    "a1": "baseline",
    "b2": "relu_run",
    "c1": "noise_run",
    "c2": "batch_run",
    "c3": "rate_run",
    "c4": "momentum_run",
}


def _training(cell):
    """Return the probes of one cell with a training."""
    networks = run_code(f"{cell}_networks", "before", cell, _RELU if cell == "b2" else _LEAKY)
    given = [name for name in RESULTS.values() if name != RESULTS[cell]]
    return (
        networks,
        stand_in_run(f"{cell}_run", "before", cell, give=given),
        record_runs(f"{cell}_runs", "after", f"{cell}_check", result=RESULTS[cell]),
    )


PROBES = (
    run_code("keep", "after", "define_run", _KEEP),
    *_training("a1"),
    run_code("b1_networks", "before", "b1", _LEAKY),
    record("b1_made", "after", "b1_check", made="make_generator_model()"),
    *_training("b2"),
    *_training("c1"),
    *_training("c2"),
    *_training("c3"),
    *_training("c4"),
    run_code("c5_networks", "before", "c5", _LEAKY),
    stand_in_run("c5_run", "before", "c5", give=RESULTS.values()),
    # A table may also be a data frame of pandas.
    record(
        "c5_table",
        "after",
        "c5_check",
        table="table.to_dict('records') if hasattr(table, 'to_dict') else table",
    ),
)

WATCHES = (Watch("a1", until="a1_check"),)
