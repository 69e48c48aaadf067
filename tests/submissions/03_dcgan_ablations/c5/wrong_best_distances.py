# The best distance of each run, at whatever epoch.
# marks: 1.5 of 2
results = (baseline, relu_run, noise_run, batch_run, rate_run, momentum_run)
table = []
for result in results:
    history = result.history
    table.append(
        {
            "setting": result.name,
            "seconds": np.mean(history.seconds[1:50]),
            "generator_loss": history.losses["generator_loss"][49],
            "discriminator_loss": history.losses["discriminator_loss"][49],
            "distance": min(result.distances.values()),
        }
    )
