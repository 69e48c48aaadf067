# Makes the logarithm positive, as if it were the standard deviation.
# marks: 2 of 4
def make_encoder():
    rows = keras.Input((28, 28))
    flat = layers.Flatten()(layers.LSTM(64, return_sequences=True)(rows))
    mu, log_sigma = layers.Dense(64)(flat), layers.Dense(64, activation="softplus")(flat)
    return keras.Model(rows, [mu, log_sigma])


encoder = make_encoder()
