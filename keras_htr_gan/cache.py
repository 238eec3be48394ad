"""Where things are kept that a later run can use again."""

import os
from pathlib import Path


def cache_folder():
    """`$XDG_CACHE_HOME/keras_htr_gan`, by default in `~/.cache`."""
    home = os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")
    return Path(home) / "keras_htr_gan"
