# Objects made beforehand, and a figure for each picture.
# marks: 3 of 3
g, d = make_generator_model(), make_discriminator_model()
opt_g, opt_d = (tf.keras.optimizers.Adam(learning_rate=0.0001) for _ in range(2))
baseline = run(
    "long", epochs=100, generator=g, discriminator=d, generator_optimizer=opt_g, discriminator_optimizer=opt_d
)
for epoch in [10, 50, 100]:
    plt.figure(figsize=(4, 4))
    plt.imshow(plt.imread(baseline.image_dir / f"image_at_epoch_{epoch:04d}.png"), cmap="gray")
    plt.title(f"epoch {epoch}")
    plt.axis("off")
    plt.show()
