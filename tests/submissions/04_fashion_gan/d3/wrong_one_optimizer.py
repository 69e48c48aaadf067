# Both models share one Adam.
# marks: 3.5 of 4
# %% d3_compile
def compile_gan(discriminator, combined):
    adam = keras.optimizers.Adam()
    discriminator.compile(optimizer=adam, loss="binary_crossentropy")
    combined.compile(optimizer=adam, loss="binary_crossentropy")


compile_gan(disc_model, GAN_model)
