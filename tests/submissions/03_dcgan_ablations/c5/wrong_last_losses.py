# The last losses, which for the baseline are those of epoch 100.
# marks: 1.5 of 2
results = (baseline, relu_run, noise_run, batch_run, rate_run, momentum_run)
table = []
for result in results:
    history = result.history
    table.append(
        {
            "setting": result.name,
            "seconds": np.mean(history.seconds[1:50]),
            "generator_loss": history.losses["generator_loss"][-1],
            "discriminator_loss": history.losses["discriminator_loss"][-1],
            "distance": result.distances[50],
        }
    )
