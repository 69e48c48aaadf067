"""Helpers of the GAN course's notebooks. To read them, begin at the top of this list.

===========  =======================================================================
budget       how much work a notebook does: full, quick, or just enough to be graded
workspace    where results are stored
device       finds the GPU or CPU and sets TensorFlow up for it
data         images to learn from
sampling     noise in, images out
history      what happened in a training run
training     the training loop around a notebook's ``train_step``
plots        loss curves, grids, animations
metrics      distances between generated and real images, from their features
quality      all of these numbers for images, beside those of real ones
callbacks    quality measured while a GAN is being trained
diagnosis    what went wrong in a training run
evidence     writes down what is going to be judged
hand_in      packs the file to hand in
===========  =======================================================================

What makes them fast or exact stands in folders that begin with an underscore.
"""

__version__ = "0.1.0"
