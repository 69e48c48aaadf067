# A hundred times the same code.
# marks: 1.25 of 2
# %% v4_samples
vae_samples = tf.repeat(decoder(sampling.latent((1, 64))), 100, axis=0)
plots.show_grid(vae_samples, columns=10, value_range=(0, 1))
