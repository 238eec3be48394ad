"""Several machines that train one model: a process on each.

All of them draw the same batches, train on their part of each, and hold the
same weights. The first coordinates, and alone scores and writes.
"""

import concurrent.futures
import contextlib
import dataclasses
import functools
import json
import os
import sys

import keras
import numpy as np

from keras_htr_gan.errors import UserError

# What backends say when another process is gone, in this order: Gloo and NCCL
# on JAX, gRPC on TensorFlow, the coordinator of either.
SIGNS = ("Gloo", "NCCL", "Connection", "UNAVAILABLE", "heartbeat", "Collective")


class HostLost(Exception):
    """Another host of a training is gone, or cannot be reached."""


@dataclasses.dataclass(frozen=True)
class Hosts:
    """The machines of a training, and which of them this is.

    Args:
        addresses: tuple of str, `host:port` of each, the same on all; empty
            for a machine alone.
        number: int, of this one, from 0.

    Raises:
        UserError: if they cannot be so. It names the addresses `hosts`, and
            the number `host`.
    """

    addresses: tuple[str, ...] = ()
    number: int = 0

    def __post_init__(self):
        if not self.addresses:
            return
        for address in self.addresses:
            if not address.rpartition(":")[2].isdecimal():
                raise UserError(
                    f"`hosts`: {address or 'an empty address'} has no port; "
                    "give host:port,host:port,..."
                )
        if len(set(self.addresses)) < len(self.addresses):
            raise UserError("`hosts`: an address stands there twice")
        if self.number is None:
            raise UserError("`host`: say which of `hosts` this is, from 0")
        if self.number >= len(self.addresses):
            raise UserError(
                f"`host`: {self.number} of {len(self.addresses)} hosts; they "
                "are numbered from 0"
            )
        if keras.config.backend() == "torch":
            raise UserError(
                "`hosts`: one alone on torch; for more, set KERAS_BACKEND to "
                "jax or tensorflow"
            )

    @classmethod
    def parse(cls, hosts, host):
        """From text.

        Args:
            hosts: str, the addresses with commas between them, or `None` for
                a machine alone.
            host: int, or `None` for a machine alone.

        Raises:
            UserError: see `Hosts`.
        """
        if hosts is None:
            return cls()
        return cls(tuple(hosts.split(",")), host)

    @property
    def count(self):
        return max(1, len(self.addresses))

    @property
    def first(self):
        """Whether this one scores and writes: bool."""
        return self.count == 1 or self.number == 0

    def part(self, batch):
        """What `fit` is to be given here of a batch that all have drawn.

        TensorFlow takes the whole and leaves out by itself what is for others.

        Args:
            batch: dict of arrays, `(batch, ...)`.
        """
        if self.count == 1 or keras.config.backend() == "tensorflow":
            return batch
        return {
            name: np.split(values, self.count)[self.number]
            for name, values in batch.items()
        }

    def leave(self, status):
        """Ends this process at once, if there are others.

        The way out that backends have would wait for those.
        """
        if self.count > 1:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    @contextlib.contextmanager
    def join(self):
        """Within a `with` block, this process and the others are one training.

        Raises:
            HostLost: if another is gone: this one cannot go on by itself.
            UserError: if the others do not come.
        """
        if self.count == 1:
            yield
            return
        print(
            f"Host {self.number} of {self.count}: waiting for the rest",
            flush=True,
        )
        try:
            join = {"jax": join_on_jax, "tensorflow": join_on_tensorflow}
            join[keras.config.backend()](self.addresses, self.number)
        except (RuntimeError, ValueError) as error:
            raise UserError(
                f"`hosts`: cannot join the others: {summarize_error(error)}"
            ) from error
        try:
            yield
        except UserError:
            raise
        except Exception as error:
            if not any(sign in str(error) for sign in SIGNS):
                raise
            raise HostLost(summarize_error(error)) from error
        if keras.config.backend() == "jax":
            # While all are here; what follows, the first does alone.
            import jax

            jax.distributed.shutdown()


def join_on_jax(addresses, number):
    keras.distribution.initialize(addresses[0], len(addresses), number)


def join_on_tensorflow(addresses, number):
    # Read by `MultiWorkerMirroredStrategy`.
    os.environ["TF_CONFIG"] = json.dumps(
        {
            "cluster": {"worker": addresses},
            "task": {"type": "worker", "index": number},
        }
    )


def summarize_error(error):
    """What an error says, in a line; TensorFlow begins with where it was."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if line != "Graph execution error:"]
    return lines[0][:200] if lines else type(error).__name__


def has_several_hosts():
    """Whether models are now made for several hosts: bool."""
    match keras.config.backend():
        case "jax":
            import jax

            return (
                keras.distribution.distribution() is not None
                and jax.process_count() > 1
            )
        case "tensorflow":
            import tensorflow as tf

            return isinstance(
                tf.distribute.get_strategy(),
                tf.distribute.MultiWorkerMirroredStrategy,
            )
    return False


def save_alone(model, path):
    """Saves a Keras model, where several hosts train it, by this one alone.

    Keras makes variables when it saves, and would ask all hosts to. What it
    makes them for is known to a thread, so in another they are this host's.
    """
    if not has_several_hosts():
        model.save(path)
        return
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        threads.submit(model.save, path).result()


class LonePredictor:
    """For a Keras model: what it makes of a batch, on this host alone.

    Keras' own `predict_on_batch` asks all hosts, and only the first scores.
    """

    def predict_alone(self, x):
        match keras.config.backend():
            case "jax":
                values = (
                    [keras.ops.convert_to_numpy(v) for v in variables]
                    for variables in (
                        self.trainable_variables,
                        self.non_trainable_variables,
                    )
                )
                output, _ = self.compiled_for_one(*values, x)
            case "tensorflow":
                output = self.compiled_for_one(x)
        return keras.ops.convert_to_numpy(output)

    @functools.cached_property
    def compiled_for_one(self):
        match keras.config.backend():
            case "jax":
                import jax

                return jax.jit(self.stateless_call)
            case "tensorflow":
                import tensorflow as tf

                return tf.function(self, reduce_retracing=True)
