"""keras_htr_gan: restores degraded handwriting so that it can be read again.

Importing the package chooses the Keras backend (see `backend.py`); import it
before `keras`.
"""

from keras_htr_gan.backend import choose_backend

choose_backend()

__version__ = "0.1.0"
