# All seconds of all epochs, and the same words in every row.
# marks: 1 of 2
results = (baseline, relu_run, noise_run, batch_run, rate_run, momentum_run)
table = []
for result in results:
    history = result.history
    table.append(
        {
            "setting": "a run",
            "seconds": np.mean(history.seconds),
            "generator_loss": history.losses["generator_loss"][49],
            "discriminator_loss": history.losses["discriminator_loss"][49],
            "distance": result.distances[50],
        }
    )
