"""ocrd-keras-htr-gan-restore, which is there without OCR-D, too."""

import sys


def main():
    """Runs the processor; says what to install where OCR-D is not here."""
    try:
        from keras_htr_gan.plugins.ocrd import restore
    except ModuleNotFoundError as error:
        sys.exit(
            f"This needs OCR-D, and {error.name} is not here: "
            "pip install 'keras_htr_gan[ocrd]'"
        )
    restore()
