"""How each backend differentiates the one step that `htr_gan.py` defines."""

import keras

match keras.config.backend():
    case "tensorflow":
        from keras_htr_gan.train_steps.tensorflow import TrainStep
    case "jax":
        from keras_htr_gan.train_steps.jax import TrainStep
    case "torch":
        from keras_htr_gan.train_steps.torch import TrainStep
    case name:
        raise ImportError(
            f"keras_htr_gan cannot train on the Keras backend {name!r}; set "
            "KERAS_BACKEND to tensorflow, jax or torch"
        )

__all__ = ["TrainStep"]
