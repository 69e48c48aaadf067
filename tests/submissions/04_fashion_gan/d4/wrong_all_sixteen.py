# All sixteen samples of each epoch.
# marks: 1 of 2
def show_progress(history):
    for epoch in (*range(0, 100, 10), 99):
        plots.show_grid(load_samples(epoch), value_range=(0, 255), alt=f"Epoch {epoch}.")
    plots.show(plots.loss_curves(history))


show_progress(dense_history)
