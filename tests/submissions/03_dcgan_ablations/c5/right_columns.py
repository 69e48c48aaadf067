# Column by column, as arrays, put together at the end.
# marks: 2 of 2
results = [baseline, relu_run, noise_run, batch_run, rate_run, momentum_run]
columns = {
    "setting": ["none", "ReLU", "noise", "batch", "rate", "momentum"],
    "seconds": [np.array(one.history.seconds[1:50], "float32").mean() for one in results],
    "generator_loss": [np.array(one.history.losses["generator_loss"])[49] for one in results],
    "discriminator_loss": [np.array(one.history.losses["discriminator_loss"])[49] for one in results],
    "distance": [tf.constant(one.distances[50]) for one in results],
}
table = tuple(dict(zip(columns, values)) for values in zip(*columns.values()))
