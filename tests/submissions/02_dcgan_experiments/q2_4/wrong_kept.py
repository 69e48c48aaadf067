# Keeps the baseline's loss instead of making it again.
# marks: 0 of 1
cross_entropy = cross_entropy
