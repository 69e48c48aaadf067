# Trainings of 10, 50 and 100 epochs in a row, with the same networks.
# marks: 1 of 3
generator, discriminator = make_generator_model(), make_discriminator_model()
for epochs in (10, 50, 100):
    baseline = run(
        f"baseline_{epochs}",
        generator=generator,
        discriminator=discriminator,
        generator_optimizer=keras.optimizers.Adam(1e-4),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
        epochs=epochs,
    )
plots.show(plots.film_strip(baseline.image_dir, (10, 50, 100)), alt="Samples after 10, 50, 100.")
