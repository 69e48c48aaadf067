# New networks first, three axes, samples by predict and shown by Matplotlib.
# marks: 2 of 2
# %% v4_train
encoder, decoder = make_encoder(), make_decoder()
vae_dataset = tf.data.Dataset.from_tensor_slices(train_rows).shuffle(60000)
vae_dataset = vae_dataset.batch(256, drop_remainder=True).prefetch(1)
vae_history = train(
    epochs=100,
    dataset=vae_dataset,
    run="vae",
    train_step=vae_step,
    networks=dict(encoder=encoder, decoder=decoder),
    optimizers=dict(vae_optimizer=vae_optimizer),
    generator=decoder,
    restart=True,
)
# %% v4_curves
figure, rows = plt.subplots(3, 1, sharex=True)
for axes, (name, values) in zip(rows, vae_history.losses.items()):
    axes.semilogy(vae_history.epochs, values)
    axes.set_title(name)
# %% v4_samples
vae_samples = decoder.predict(np.random.normal(size=(100, 64)), verbose=0)
plt.imshow(vae_samples.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280), cmap="gray")
plt.axis("off")
plt.show()
