# Another learning rate than asked for.
# marks: 2.5 of 3
baseline = run(
    "baseline",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-3),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
    epochs=100,
)
plots.show(plots.film_strip(baseline.image_dir, (10, 50, 100)), alt="Samples after 10, 50, 100.")
