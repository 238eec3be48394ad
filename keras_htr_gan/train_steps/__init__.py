"""How each backend differentiates the one step that `htr_gan.py` defines."""

import keras

match keras.config.backend():
    case "tensorflow":
        from keras_htr_gan.train_steps.tensorflow import (
            TensorFlowStep as TrainStep,
        )
    case "jax":
        from keras_htr_gan.train_steps.jax import JaxStep as TrainStep
    case "torch":
        from keras_htr_gan.train_steps.torch import TorchStep as TrainStep
    case name:
        raise ImportError(
            f"keras_htr_gan cannot train on the Keras backend {name!r}; set "
            "KERAS_BACKEND to tensorflow, jax or torch"
        )

__all__ = ["TrainStep"]
