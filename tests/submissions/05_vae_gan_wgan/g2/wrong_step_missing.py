# No training step; the other parts stand alone.
# marks: 1 of 3
# YOUR CODE HERE
raise NotImplementedError()
