"""keras_htr_gan: restores degraded handwriting so that it can be read again.

    import keras_htr_gan

    restorer = keras_htr_gan.Restorer.from_preset("latin_small")

Importing the package chooses the Keras backend (see `backend.py`): import it
before `keras`. What it offers is imported when it is first asked for, and
Keras with it; where that is not installed, the error names the extra.
"""

import os
from pathlib import Path

import lazy_loader

from keras_htr_gan.backend import choose_backend
from keras_htr_gan.extras import find_lack

choose_backend()
# onnxruntime keeps an identifier of the machine and reports its use to its
# makers, unless this is said before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"

# In a checkout `train.py` and `callbacks/` lie beside this package; installed,
# they lie in it. Their names are the same: `keras_htr_gan.callbacks`.
if not Path(__file__).with_name("train.py").is_file():
    __path__.append(str(Path(__file__).parents[1]))

find_offered, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "callbacks.loss_annealing": ["LossAnnealingCallback"],
        "callbacks.wandb_logger": ["WandbLogger"],
        "charset": ["Charset"],
        "errors": ["UserError"],
        "htr_gan": ["HTRGAN"],
        "networks.discriminator": ["build_discriminator"],
        "networks.generator": ["build_generator"],
        "networks.recognizer": ["Recognizer"],
        "optimizer": ["generator_discriminator_optimizer"],
        "presets": ["shipped_presets"],
        "publishing": ["upload_preset"],
        "reading.lines": ["read"],
        "restoration.evidence": ["find_unsupported_ink"],
        "restoration.files": ["restore_files"],
        "restoration.restorer": ["Restorer"],
    },
)


def __getattr__(name):
    try:
        return find_offered(name)
    except ModuleNotFoundError as error:
        if lack := find_lack(name):
            raise ImportError(lack, name=error.name) from error
        raise
