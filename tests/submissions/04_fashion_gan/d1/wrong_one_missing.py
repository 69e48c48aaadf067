# The discriminator is not answered.
# marks: 2 of 4
# %% d1_discriminator
raise NotImplementedError()
