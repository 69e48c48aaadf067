# A shuffled NumPy array is no data set of batches.
# marks: 0.5 of 1
BATCH_SIZE = 64
train_dataset = np.random.default_rng(0).permutation(train_images)
