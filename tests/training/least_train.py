"""`train.py` with the least networks, in a process of its own:
python -m tests.training.least_train [options of train.py]
"""

from keras_htr_gan import train
from keras_htr_gan.sizes import SIZES
from tests import small

if __name__ == "__main__":
    SIZES["tiny"] = small.LEAST
    train.train()
