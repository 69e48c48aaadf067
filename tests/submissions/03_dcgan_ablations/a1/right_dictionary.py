# The objects in a dictionary, the data set given, the pictures displayed one by one.
# marks: 3 of 3
import PIL.Image

fresh = dict(
    generator=make_generator_model(100),
    discriminator=make_discriminator_model(),
    generator_optimizer=keras.optimizers.Adam(1e-4, beta_1=0.9),
    discriminator_optimizer=keras.optimizers.Adam(1e-4, beta_1=0.9),
)
baseline = run("baseline", dataset=make_dataset(256), epochs=100, **fresh)
for epoch in (10, 50, 100):
    display(PIL.Image.open(baseline.image_dir / f"image_at_epoch_{epoch:04d}.png"))
