# With the functions of gan_helpers that are the answer, brought back by loading them anew.
# marks: 0 of 2
import importlib

importlib.reload(sampling)
importlib.reload(plots)


def generate_and_save_images(model, epoch, test_input):
    images = model(test_input, training=False)
    sampling.save_image_grid(images, image_dir / f"image_at_epoch_{epoch:04d}.png")


seed = sampling.latent((16, noise_dim), seed=0)
train(train_dataset, EPOCHS, lambda epoch: generate_and_save_images(generator, epoch, seed))
anim_file = plots.make_gif(image_dir, folder / "dcgan.gif")
