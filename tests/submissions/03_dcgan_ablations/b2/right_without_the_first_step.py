# Takes the first step away instead of the first epoch, as a tensor.
# marks: 2 of 2
relu_run = run(
    "relu_1",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)


def mean_seconds(result, epochs=50):
    history = result.history
    steps = epochs * history.steps_per_epoch
    total = tf.reduce_sum(tf.constant(history.seconds[:epochs], tf.float64)) - history.first_step_seconds
    return total / (steps - 1) * history.steps_per_epoch


leaky_seconds, relu_seconds = map(mean_seconds, (baseline, relu_run))
