import os

from tests import compiling

os.environ.setdefault("WANDB_MODE", "offline")
# It would write down for each run what is installed.
os.environ.setdefault("WANDB__SAVE_REQUIREMENTS", "false")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.update(compiling.environment())

import keras_htr_gan  # noqa: E402, F401  chooses the backend


def pytest_configure(config):
    # A process that only divides the tests among others needs no Keras.
    if hands_out_tests(config):
        return
    config.pluginmanager.import_plugin("tests.fixtures")


def hands_out_tests(config):
    """Whether other processes run the tests: bool."""
    divided = getattr(config.option, "dist", "no") != "no"
    return divided and not hasattr(config, "workerinput")


def pytest_ignore_collect(collection_path, config):
    """Leaves files out that hold none of the tests that each backend runs.

    To import them takes longer than many of those tests.
    """
    asked = config.option.markexpr.split()
    if asked[:1] != ["backend"] or "or" in asked:
        return None
    if collection_path.name.startswith("test_") and collection_path.is_file():
        return "mark.backend" not in collection_path.read_text("utf-8") or None
    return None
