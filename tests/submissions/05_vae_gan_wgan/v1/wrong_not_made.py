# Defines the function and never calls it.
# marks: 0 of 4
def make_encoder():
    rows = keras.Input((28, 28))
    flat = layers.Flatten()(layers.LSTM(64, return_sequences=True)(rows))
    return keras.Model(rows, [layers.Dense(64)(flat), layers.Dense(64)(flat)])
