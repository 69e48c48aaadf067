import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_helpers._training.fused_adam import fused_adam

pytestmark = pytest.mark.slow  # imports TensorFlow


class MyAdam(keras.optimizers.Adam):
    """Somebody's own variant."""


def weights_after(steps, **settings):
    """Takes Adam steps on drawn gradients; those in ``steps`` that are true by one operation."""
    rng = np.random.default_rng(0)
    variables = [
        keras.Variable(rng.normal(size=shape).astype("float32")) for shape in ((4, 3), (5,))
    ]
    adam = keras.optimizers.Adam(1e-2, **settings)
    adam.build(variables)

    for short in steps:
        gradients = [tf.constant(rng.normal(size=v.shape), tf.float32) for v in variables]
        with fused_adam([adam] if short else []):
            adam.apply_gradients(zip(gradients, variables, strict=True))
    assert int(adam.iterations.numpy()) == len(steps)
    return np.concatenate([v.numpy().ravel() for v in [*variables, *adam.variables[2:]]])


@pytest.mark.parametrize(
    "settings",
    [{}, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}, {"clipnorm": 0.1, "weight_decay": 0.01}],
)
def test_steps_are_those_of_keras(settings):
    expected = weights_after([False] * 5, **settings)
    for steps in ([True] * 5, [True, False, True, False, True]):
        np.testing.assert_allclose(weights_after(steps, **settings), expected, rtol=2e-5, atol=1e-7)


def test_a_traced_step_has_one_operation_for_each_array():
    variable = keras.Variable(np.ones(3, "float32"))
    adam = keras.optimizers.Adam()
    adam.build([variable])

    @tf.function
    def step(gradient):
        adam.apply_gradients([(gradient, variable)])

    with fused_adam([adam]):
        graph = step.get_concrete_function(tf.TensorSpec((3,))).graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert kinds.count("ResourceApplyAdam") == 1 and "Sqrt" not in kinds


def test_other_optimizers_are_left_alone_and_adam_afterwards():
    adam = keras.optimizers.Adam()
    others = [keras.optimizers.SGD(), keras.optimizers.Adam(amsgrad=True), MyAdam()]
    with pytest.raises(RuntimeError), fused_adam([adam, *others, adam]):
        assert "update_step" in vars(adam)
        assert not any("update_step" in vars(one) for one in others)
        raise RuntimeError
    assert "update_step" not in vars(adam)
