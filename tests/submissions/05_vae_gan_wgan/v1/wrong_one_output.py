# Both vectors in one output of 128 numbers.
# marks: 1 of 4
def make_encoder():
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.LSTM(64, return_sequences=True),
            layers.Flatten(),
            layers.Dense(128),
        ]
    )


encoder = make_encoder()
