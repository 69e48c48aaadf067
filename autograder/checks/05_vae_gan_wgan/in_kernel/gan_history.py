"""Puts a history of drawn losses in place of the training's."""


def _grading(arrays):
    from gan_helpers import training

    space = globals()
    space.update(space["_grading_state"]["provided"])
    space["_grading_state"]["curves"].clear()  # of earlier figures
    epochs = len(arrays["losses"][0])
    names = ("discriminator_loss", "generator_loss")
    losses = {name: values.tolist() for name, values in zip(names, arrays["losses"], strict=True)}
    space["gan_history"] = training.History(
        epochs=list(range(1, epochs + 1)), losses=losses, seconds=[1.0] * epochs
    )
