# A column for each epoch, and both losses in one figure on a logarithmic scale.
# marks: 2 of 2
import matplotlib.pyplot as plt


def show_progress(history):
    chosen = [load_samples(epoch)[:3] for epoch in list(range(0, 91, 10)) + [99]]
    print("epochs 0, 10, ..., 90 and 99, from left to right")
    rows = np.stack(chosen).swapaxes(0, 1).reshape(-1, 28, 28)
    plots.show_grid(rows, columns=11, value_range=(0, 255), alt="Three samples at 11 epochs.")
    for name, values in history.losses.items():
        plt.semilogy(history.epochs, values, "--", label=name)
    plt.legend()
    plt.grid(True)


show_progress(dense_history)
