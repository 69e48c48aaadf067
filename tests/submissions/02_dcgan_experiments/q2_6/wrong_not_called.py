# The function itself, not its result.
# marks: 0 of 1
history = train
