# With Matplotlib, a loop of its own, and files in the working folder.
# marks: 2 of 2
def generate_and_save_images(model, epoch, test_input):
    predictions = model(test_input, training=False)
    fig = plt.figure(figsize=(4, 4))
    for i in range(predictions.shape[0]):
        plt.subplot(4, 4, i + 1)
        plt.imshow(predictions[i, :, :, 0] * 127.5 + 127.5, cmap="gray")
        plt.axis("off")
    plt.savefig("image_at_epoch_{:04d}.png".format(epoch))
    plt.close(fig)


seed = tf.random.normal([16, noise_dim])
for epoch in range(3):
    for image_batch in train_dataset:
        train_step(image_batch)
    generate_and_save_images(generator, epoch + 1, seed)

anim_file = "dcgan.gif"
filenames = sorted(glob.glob("image*.png"))
frames = [PIL.Image.open(name) for name in filenames + filenames[-1:]]
frames[0].save(anim_file, save_all=True, append_images=frames[1:])
