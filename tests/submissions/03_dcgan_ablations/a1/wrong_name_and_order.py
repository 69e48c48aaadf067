# Keeps only the history, and shows the pictures backwards.
# marks: 0 of 3
result = run(
    "baseline",
    generator=make_generator_model(),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4),
    discriminator_optimizer=keras.optimizers.Adam(1e-4),
    epochs=100,
)
baseline = result.history
plots.show(plots.film_strip(result.image_dir, (100, 50, 10)), alt="Samples.")
