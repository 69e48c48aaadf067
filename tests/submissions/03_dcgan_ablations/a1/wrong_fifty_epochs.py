# Stops after 50 epochs.
# marks: 0.5 of 3
baseline = run(
    "baseline",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
)
plots.show(plots.film_strip(baseline.image_dir, (10, 50)), alt="Samples after 10 and 50.")
