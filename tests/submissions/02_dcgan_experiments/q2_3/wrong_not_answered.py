# The cell as students get it.
# marks: 0 of 1
# YOUR CODE HERE
raise NotImplementedError()
