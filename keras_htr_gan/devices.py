"""Several devices of one machine that share each batch."""

import contextlib

import keras
import numpy as np

from keras_htr_gan.errors import UserError


class Predicts:
    """For a Keras model: batches of any number of lines on any devices."""

    def predict_on_batch(self, x):
        """As Keras' own, which on TensorFlow gives the batch back once for
        each device, and on JAX takes none that cannot be shared evenly.
        """
        count = len(x)
        distribution = keras.distribution.distribution()
        if distribution is not None:
            extra = -count % distribution.device_mesh.devices.size
            x = np.concatenate([x, np.repeat(x[-1:], extra, axis=0)])
        return super().predict_on_batch(x)[:count]


@contextlib.contextmanager
def training_on(count):
    """Within a `with` block models are made for, and trained on, so many.

    Every device has all weights and a part of each batch: on JAX by
    `keras.distribution.DataParallel`, on TensorFlow by
    `tf.distribute.MirroredStrategy`. They are the GPUs or TPUs; on a machine
    without, its CPU is divided, which is of use for tests alone.

    Args:
        count: int.

    Raises:
        UserError: if there are not so many, or on torch.
    """
    if count == 1:
        yield
        return
    match keras.config.backend():
        case "jax":
            with on_jax(count):
                yield
        case "tensorflow":
            with on_tensorflow(count):
                yield
        case name:
            raise UserError(
                f"--devices: one alone on {name}; for more, set KERAS_BACKEND "
                "to jax or tensorflow"
            )


@contextlib.contextmanager
def on_jax(count):
    import jax

    # Has no effect once JAX has looked for devices, or where there are others.
    with contextlib.suppress(RuntimeError):
        if jax.config.jax_num_cpu_devices < count:
            jax.config.update("jax_num_cpu_devices", count)
            # A step that begins before another ends takes the threads that
            # the other's devices need to meet.
            jax.config.update("jax_cpu_enable_async_dispatch", False)
    found = keras.distribution.list_devices()
    refuse_fewer(found, count)
    distribution = keras.distribution.DataParallel(
        devices=found[:count], auto_shard_dataset=False
    )
    with distribution.scope():
        yield


@contextlib.contextmanager
def on_tensorflow(count):
    import tensorflow as tf

    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    if kind == "CPU":
        (cpu,) = tf.config.list_physical_devices("CPU")
        with contextlib.suppress(RuntimeError):
            tf.config.set_logical_device_configuration(
                cpu, [tf.config.LogicalDeviceConfiguration()] * count
            )
    found = tf.config.list_logical_devices(kind)
    refuse_fewer(found, count)
    strategy = tf.distribute.MirroredStrategy([d.name for d in found[:count]])
    with strategy.scope():
        yield


def refuse_fewer(found, count):
    if len(found) < count:
        raise UserError(
            f"--devices: {count} are asked for, and there "
            f"{'is' if len(found) == 1 else 'are'} {len(found)}: "
            f"{', '.join(str(getattr(d, 'name', d)) for d in found)}"
        )
