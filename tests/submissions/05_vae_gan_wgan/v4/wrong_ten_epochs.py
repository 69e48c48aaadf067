# Ten epochs, and codes that are uniform.
# marks: 0.5 of 2
# %% v4_train
vae_dataset = (
    tf.data.Dataset.from_tensor_slices(train_rows)
    .shuffle(len(train_rows), seed=0)
    .batch(256, drop_remainder=True)
)
vae_history = train(
    "vae",
    vae_step,
    vae_dataset,
    10,
    networks={"encoder": encoder, "decoder": decoder},
    optimizers={"vae_optimizer": vae_optimizer},
    generator=decoder,
)
# %% v4_samples
vae_samples = decoder(tf.random.uniform((100, 64)))
plots.show_grid(vae_samples, columns=10, value_range=(0, 1))
