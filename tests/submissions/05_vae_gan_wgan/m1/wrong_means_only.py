# Compares the means only; the curves of both models are the GAN's.
# marks: 0 of 4
# %% m1
def frechet_distance(features_1, features_2):
    shift = features_1.mean(axis=0) - features_2.mean(axis=0)
    return float(shift @ shift)
# %% m1_distances
vae_distances = gan_distances = [
    frechet_distance(real_features, features(load_samples("gan", epoch)))
    for epoch in SAMPLE_EPOCHS
]
plt.plot(SAMPLE_EPOCHS, vae_distances)
plt.plot(SAMPLE_EPOCHS, gan_distances)
plt.show()
