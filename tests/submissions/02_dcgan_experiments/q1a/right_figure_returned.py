# Returns a figure, which Jupyter shows both as open figure and as the value of the last line.
# marks: 2 of 2
import matplotlib.pyplot as plt


def display_key_epochs():
    figure = plt.figure(figsize=(3, 14))
    for row in range(5):
        axis = figure.add_subplot(5, 1, row + 1)
        axis.imshow(display_image(10 * (row + 1)), cmap="gray_r", interpolation="bilinear")
        axis.set_ylabel(f"epoch {10 * (row + 1)}")
    return figure


display_key_epochs()
