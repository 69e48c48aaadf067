# Made by its name and configuration.
# marks: 1 of 1
cross_entropy = keras.losses.get(
    {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
)
