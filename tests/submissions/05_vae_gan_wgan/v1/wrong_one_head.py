# One layer for both outputs, so that mu and log_sigma are equal.
# marks: 2 of 4
def make_encoder():
    rows = keras.Input((28, 28))
    flat = layers.Flatten()(layers.LSTM(64, return_sequences=True)(rows))
    head = layers.Dense(64)
    return keras.Model(rows, [head(flat), head(flat)])


encoder = make_encoder()
