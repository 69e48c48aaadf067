# Built from the JSON text of the baseline's architecture.
# marks: 1 of 1
discriminator = keras.models.model_from_json(baseline_discriminator.to_json())
