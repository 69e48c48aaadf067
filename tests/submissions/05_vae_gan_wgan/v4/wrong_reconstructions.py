# Decodes the codes of training images instead of new ones.
# marks: 1.25 of 2
# %% v4_samples
mu, log_sigma = encoder(train_rows[:100])
vae_samples = decoder(mu)
plots.show_grid(vae_samples, columns=10, value_range=(0, 1))
