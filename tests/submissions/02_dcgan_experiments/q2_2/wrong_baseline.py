# The trained generator of the baseline goes on.
# marks: 0 of 1
generator = baseline_generator
