# Batches of another size, and no curve of the divergence.
# marks: 0.75 of 2
# %% v4_train
vae_dataset = (
    tf.data.Dataset.from_tensor_slices(train_rows)
    .shuffle(len(train_rows), seed=0)
    .batch(64, drop_remainder=True)
)
vae_history = train(
    "vae",
    vae_step,
    vae_dataset,
    100,
    networks={"encoder": encoder, "decoder": decoder},
    optimizers={"vae_optimizer": vae_optimizer},
    generator=decoder,
)
# %% v4_curves
for name in ("total_loss", "reconstruction_loss"):
    plt.plot(vae_history.epochs, vae_history.losses[name], label=name)
plt.legend()
plt.show()
