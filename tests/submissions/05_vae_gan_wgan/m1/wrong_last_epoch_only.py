# One distance for each model, and nothing drawn.
# marks: 3 of 4
# %% m1_distances
vae_distances = [frechet_distance(real_features, features(load_samples("vae", EPOCHS)))]
gan_distances = [frechet_distance(real_features, features(load_samples("gan", EPOCHS)))]
