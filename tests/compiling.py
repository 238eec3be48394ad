"""What is compiled in tests is compiled fast, and on JAX once.

Without this most tests on JAX wait for XLA: it compiles what it has compiled
for another, and makes it faster than a few steps have use for. What
`smoke_test.sh` trains is compiled as for a user.
"""

import atexit
import importlib.metadata
import os
import shutil
import tempfile

CACHE = "JAX_COMPILATION_CACHE_DIR"
FAST = "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
# The newest that have been seen to take them. XLA stops a process that is
# given a flag which it does not know.
TAKEN_BY = {"jaxlib": (0, 10), "tensorflow": (2, 21)}


def environment():
    """Variables for this process and those that it starts: dict of str.

    They share the cache that is there, or one that goes with this process.
    """
    folder = os.environ.get(CACHE)
    if folder is None:
        folder = tempfile.mkdtemp(prefix="compiled_")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    variables = {
        CACHE: folder,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    }
    if all(map(takes_flags, TAKEN_BY)):
        variables["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", FAST)
    return variables


def as_traced():
    """Lets TensorFlow, if it is the backend, run graphs as they are traced.

    What it would make of them takes it longer than a few steps.
    """
    import keras

    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        options = {"disable_meta_optimizer": True}
        tf.config.optimizer.set_experimental_options(options)


def takes_flags(package):
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return True
    major, minor, *_ = version.split(".")
    return (int(major), int(minor)) <= TAKEN_BY[package]
