# One Matplotlib figure for all samples, a row for each epoch, and two axes for the losses.
# marks: 2 of 2
import matplotlib.pyplot as plt


def show_progress(history):
    epochs = [*range(0, 100, 10), 99]
    figure, rows = plt.subplots(len(epochs), 3, figsize=(5, 18))
    for epoch, row in zip(epochs, rows):
        for axes, image in zip(row, load_samples(epoch)):
            axes.imshow(image)
            axes.set_title(f"epoch {epoch}")
            axes.axis("off")
    plt.show()
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3))
    left.plot(history.losses["discriminator_loss"])
    left.set_title("discriminator")
    right.plot(history.losses["generator_loss"])
    right.set_title("generator")
    plt.show()


show_progress(dense_history)
