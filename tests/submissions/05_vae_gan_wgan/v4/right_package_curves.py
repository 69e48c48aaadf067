# The package's own figure of a history; decodes one code at a time.
# marks: 2 of 2
# %% v4_curves
plots.show(plots.loss_curves(vae_history, title="VAE"))
# %% v4_samples
codes = tf.random.stateless_normal((100, 64), seed=(3, 4))
vae_samples = np.stack([decoder(code[None])[0] for code in codes])
from PIL import Image

display(Image.fromarray(sampling.image_grid(vae_samples, columns=10, value_range=(0, 1))))
