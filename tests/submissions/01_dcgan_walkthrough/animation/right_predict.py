# With predict, a grid by transposing, and the pictures kept in memory for the animation.
# marks: 2 of 2
def generate_and_save_images(model, epoch, test_input):
    images = model.predict(test_input, verbose=0).reshape(4, 4, 28, 28)
    pixels = (127.5 * images + 127.5).astype("uint8").transpose(0, 2, 1, 3).reshape(112, 112)
    picture = PIL.Image.fromarray(pixels).resize((224, 224))
    picture.save(f"{image_dir}/image_at_epoch_{epoch:04d}.png")
    pictures.append(picture)


pictures = []
seed = np.random.default_rng(1).normal(size=(16, 100)).astype("float32")
history = train(
    train_dataset, EPOCHS, after_epoch=lambda epoch: generate_and_save_images(generator, epoch, seed)
)
anim_file = folder / "dcgan.gif"
pictures[0].save(anim_file, save_all=True, append_images=pictures[1:], loop=0, duration=120)
