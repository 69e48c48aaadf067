# New noise after every epoch.
# marks: 1.5 of 2
def generate_and_save_images(model, epoch, test_input):
    images = np.array(model(test_input, training=False))[..., 0]
    grid = np.vstack([np.hstack(images[i : i + 4]) for i in range(0, 16, 4)])
    picture = PIL.Image.fromarray(np.uint8(127.5 * (grid + 1)))
    picture.resize((2 * picture.width, 2 * picture.height)).save(
        image_dir / f"image_at_epoch_{epoch:04d}.png"
    )


seed = tf.random.normal([16, noise_dim])


def after_epoch(epoch):
    generate_and_save_images(generator, epoch, tf.random.normal([16, noise_dim]))


train(train_dataset, EPOCHS, after_epoch)
anim_file = str(folder / "dcgan.gif")
files = sorted(image_dir.glob("image_at_epoch_*.png"))
frames = [PIL.Image.open(file) for file in files]
frames[0].save(anim_file, save_all=True, append_images=frames[1:], duration=100)
