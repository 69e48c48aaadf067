# The number is new, the optimizers are the old ones.
# marks: 0 of 1
lr = 1e-3
