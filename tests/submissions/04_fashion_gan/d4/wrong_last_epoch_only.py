# The samples of the last epoch only.
# marks: 1 of 2
def show_progress(history):
    plots.show_grid(load_samples(99)[:3], value_range=(0, 255), alt="Epoch 99.")
    plots.show(plots.loss_curves(history))


show_progress(dense_history)
