# Eigenvalues of the product itself, cleaned of rounding; distances in arrays, points drawn.
# marks: 4 of 4
# %% m1
def frechet_distance(features_1, features_2):
    shift = features_1.mean(axis=0) - features_2.mean(axis=0)
    covariance_1 = np.cov(features_1, rowvar=False)
    covariance_2 = np.cov(features_2, rowvar=False)
    values = np.linalg.eigvals(covariance_1 @ covariance_2)
    root_trace = np.sqrt(np.maximum(values.real, 0)).sum()
    return (shift**2).sum() + np.trace(covariance_1 + covariance_2) - 2 * root_trace
# %% m1_distances
found = {
    run: np.array(
        [frechet_distance(real_features, features(load_samples(run, e))) for e in SAMPLE_EPOCHS]
    )
    for run in ("vae", "gan")
}
vae_distances, gan_distances = found["vae"], found["gan"]
figure = plt.figure()
plt.plot(SAMPLE_EPOCHS, np.stack([vae_distances, gan_distances], axis=1), "x")
plt.yscale("log")
display(figure)
plt.close(figure)
