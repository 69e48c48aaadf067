# Neither curves nor samples are shown.
# marks: 0.75 of 2
# %% v4_curves
curves = [vae_history.losses[name] for name in vae_history.losses]
# %% v4_samples
vae_samples = decoder(sampling.latent((100, 64)))
