# Epochs 10, 20, ..., 100, and there is no epoch 100.
# marks: 0.5 of 2
def show_progress(history):
    for epoch in range(10, 101, 10):
        plots.show_grid(load_samples(epoch)[:3], value_range=(0, 255), alt=f"Epoch {epoch}.")
    plots.show(plots.loss_curves(history))


show_progress(dense_history)
