# Waits for something that never happens.
# marks: 0 of 1
import time

while not isinstance(cross_entropy, str):
    time.sleep(0.1)
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
