# Three trainings, each from the start: 160 epochs instead of 100.
# marks: 1.5 of 3
for epochs in (10, 50, 100):
    baseline = run(
        f"baseline_{epochs}",
        generator=make_generator_model(),
        discriminator=make_discriminator_model(),
        generator_optimizer=keras.optimizers.Adam(1e-4),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
        epochs=epochs,
    )
    plots.show(plots.film_strip(baseline.image_dir, (epochs,)), alt="Samples.")
