# Texts instead of networks, which costs two quarters and no more.
# marks: 0.5 of 1
# %% q4a_generator
generator = "simple"
# %% q4a_discriminator
discriminator = None
