"""`train.py` with the least networks, in a process of its own:
python -m tests.training.least_train [options of train.py] [+ [options ...]]

After a `+` it is another training, in the same process.

On TensorFlow each step runs as it is written: to compile one takes longer than
the few that such a training has.
"""

import sys
from itertools import groupby

import keras

from keras_htr_gan import train
from keras_htr_gan.sizes import SIZES
from tests import small

if __name__ == "__main__":
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.run_functions_eagerly(True)
    SIZES["tiny"] = small.LEAST
    for more, options in groupby(sys.argv[1:], "+".__eq__):
        if not more:
            train.train(list(options), standalone_mode=False)
