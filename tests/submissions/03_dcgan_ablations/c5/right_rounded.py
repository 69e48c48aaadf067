# By a function, rounded to four digits, with a column more.
# marks: 2 of 2
def row(setting, result):
    at = result.history.epochs.index(50)
    numbers = {name: float(f"{losses[at]:.4g}") for name, losses in result.history.losses.items()}
    seconds = sorted(result.history.seconds[1:50])[24]
    return {
        "setting": setting,
        "run": result.name,
        "seconds": float(f"{seconds:.4g}"),
        "distance": float(f"{result.distances[50]:.4g}"),
        **numbers,
    }


table = [row("baseline", baseline), row("ReLU", relu_run), row("other noise", noise_run)]
table += [row("other batches", batch_run), row("other rate", rate_run), row("beta_1", momentum_run)]
