# A reader within the encoder, and activations spelled out.
# marks: 4 of 4
def make_encoder():
    reader = keras.Sequential(
        [keras.Input((28, 28)), layers.LSTM(64, return_sequences=True), layers.Flatten()]
    )
    rows = keras.Input((28, 28))
    flat = reader(rows)
    outputs = [layers.Dense(64, activation="linear")(flat) for _ in range(2)]
    return keras.Model(rows, outputs)


encoder = make_encoder()
