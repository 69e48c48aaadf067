# The function is right, but never called.
# marks: 1.5 of 2
def show_progress(history):
    for epoch in (*range(0, 100, 10), 99):
        plots.show_grid(load_samples(epoch)[:3], value_range=(0, 255), alt=f"Epoch {epoch}.")
    plots.show(plots.loss_curves(history))
