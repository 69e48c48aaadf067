# All four cells as students get them.
# marks: 0 of 1
# %% q4a_generator
# YOUR CODE HERE
raise NotImplementedError()
# %% q4a_discriminator
# YOUR CODE HERE
raise NotImplementedError()
# %% q4a_train
# YOUR CODE HERE
raise NotImplementedError()
# %% q4a_display
# YOUR CODE HERE
raise NotImplementedError()
