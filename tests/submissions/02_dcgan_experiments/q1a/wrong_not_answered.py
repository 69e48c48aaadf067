# The cell as students get it.
# marks: 0 of 2
# YOUR CODE HERE
raise NotImplementedError()
