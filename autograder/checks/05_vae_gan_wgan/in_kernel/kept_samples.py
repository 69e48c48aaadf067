"""Puts drawn samples, features and a correct distance in place."""


def _grading(arrays):
    import numpy
    from tensorflow import keras

    space = globals()
    space.update(space["_grading_state"]["provided"])
    space["_grading_state"]["curves"].clear()  # of earlier figures
    for run, samples in zip(("vae", "gan"), arrays["samples"], strict=True):
        for epoch, images in zip(space["SAMPLE_EPOCHS"], samples, strict=True):
            path = space["samples_file"](run, epoch)
            path.parent.mkdir(parents=True, exist_ok=True)
            numpy.save(path, images.repeat(7, axis=1).repeat(7, axis=2))
    layers = keras.layers
    feature = layers.Dense(arrays["kernel"].shape[1], use_bias=False)
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), feature])
    feature.set_weights([arrays["kernel"]])

    def features(images):
        return model(images, training=False).numpy()

    def frechet_distance(features_1, features_2):
        pairs = []
        for sample in (features_1, features_2):
            sample = numpy.asarray(sample, numpy.float64)
            pairs.append((sample.mean(axis=0), numpy.cov(sample, rowvar=False)))
        (mean_1, cov_1), (mean_2, cov_2) = pairs
        values, vectors = numpy.linalg.eigh(cov_1)
        root = (vectors * numpy.sqrt(numpy.maximum(values, 0))) @ vectors.T
        shared = numpy.sqrt(numpy.maximum(numpy.linalg.eigvalsh(root @ cov_2 @ root), 0)).sum()
        shift = mean_1 - mean_2
        return float(shift @ shift + numpy.trace(cov_1 + cov_2) - 2 * shared)

    space.update(
        feature_model=model,
        features=features,
        real_features=arrays["real"],
        frechet_distance=frechet_distance,
    )
