"""Several devices of one machine that share each batch."""

import contextlib
import os

import keras
import numpy as np

from keras_htr_gan.distribution.hosts import (
    Hosts,
    LonePredictor,
    has_several_hosts,
)
from keras_htr_gan.errors import UserError


class BatchPredictor(LonePredictor):
    """For a Keras model: batches of any number of lines on any devices."""

    def predict_on_batch(self, x):
        """As Keras' own, which on TensorFlow gives the batch back once for
        each device, and on JAX takes none that cannot be shared evenly.
        """
        if has_several_hosts():
            return self.predict_alone(x)
        count = len(x)
        distribution = keras.distribution.distribution()
        if distribution is not None:
            extra = -count % distribution.device_mesh.devices.size
            x = np.concatenate([x, np.repeat(x[-1:], extra, axis=0)])
        return super().predict_on_batch(x)[:count]


@contextlib.contextmanager
def share_training(count, hosts=None):
    """Within a `with` block models are made for, and trained on, so many.

    Every device has all weights and a part of each batch: on JAX by
    `keras.distribution.DataParallel`, on TensorFlow by
    `tf.distribute.MirroredStrategy`, or over several hosts
    `MultiWorkerMirroredStrategy`. They are the GPUs or TPUs; on a machine
    without, its CPU is divided, which is of use for tests alone.

    Args:
        count: int, of this host.
        hosts: `Hosts`, all with as many, or `None`.

    Raises:
        HostLost, UserError: see `Hosts.join`.
        UserError: if there are not so many, or on torch.
    """
    hosts = hosts or Hosts()
    if count == 1 and hosts.count == 1:
        yield
        return
    match keras.config.backend():
        case "jax":
            share = share_on_jax
        case "tensorflow":
            share = share_on_tensorflow
        case name:
            raise UserError(
                f"`devices`: one alone on {name}; for more, set KERAS_BACKEND "
                "to jax or tensorflow"
            )
    with share(count, hosts):
        yield


@contextlib.contextmanager
def share_on_jax(count, hosts):
    import jax

    # Has no effect once JAX has looked for devices, or where there are others.
    with contextlib.suppress(RuntimeError):
        if jax.config.jax_num_cpu_devices < count:
            jax.config.update("jax_num_cpu_devices", count)
            # A step that begins before another ends takes the threads that
            # the other's devices need to meet. XLA has as many as there are
            # cores or devices, and one that waits for a copy is one too few:
            # it reads this variable for more.
            jax.config.update("jax_cpu_enable_async_dispatch", False)
            os.environ.setdefault("NPROC", str(count + os.cpu_count()))
    with hosts.join():
        names = keras.distribution.list_devices()
        found = {}
        for name, device in zip(names, jax.devices(), strict=True):
            found.setdefault(device.process_index, []).append(name)
        for own in found.values():
            refuse_fewer(own, count)
        distribution = keras.distribution.DataParallel(
            devices=[name for own in found.values() for name in own[:count]],
            auto_shard_dataset=False,
        )
        with distribution.scope():
            yield


@contextlib.contextmanager
def share_on_tensorflow(count, hosts):
    import tensorflow as tf

    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    physical = tf.config.list_physical_devices(kind)
    with contextlib.suppress(RuntimeError):
        if kind == "CPU":
            tf.config.set_logical_device_configuration(
                physical[0], [tf.config.LogicalDeviceConfiguration()] * count
            )
        else:
            tf.config.set_visible_devices(physical[:count], kind)
    with hosts.join():
        if hosts.count > 1:
            # Before anything is calculated, as it starts a server.
            strategy = tf.distribute.MultiWorkerMirroredStrategy()
            found = strategy.extended.worker_devices
            refuse_fewer(found, count)
        else:
            found = [d.name for d in tf.config.list_logical_devices(kind)]
            refuse_fewer(found, count)
            strategy = tf.distribute.MirroredStrategy(found[:count])
        with strategy.scope():
            yield


def refuse_fewer(found, count):
    if len(found) < count:
        raise UserError(
            f"`devices`: {count} are asked for, and there "
            f"{'is' if len(found) == 1 else 'are'} {len(found)}: "
            f"{', '.join(found)}"
        )
