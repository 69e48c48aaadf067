# The baseline's generator again.
# marks: 2 of 4
def make_generator_model(noise_dim=100):
    return make_leaky_generator_model(noise_dim)
