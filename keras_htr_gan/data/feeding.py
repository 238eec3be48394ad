"""Batches as `fit` takes them, on each backend: endless ones to train on, and
the same few every epoch to validate on.
"""

import collections
import itertools

import grain
import keras
import numpy as np

from keras_htr_gan.data.pipeline import WINDOW, shuffle_lines
from keras_htr_gan.pixels import PADDING

THREADS = 2


class TrainingBatches:
    """The batches of a training, without end; batch n depends on n alone.

    Args:
        windows: `grain.MapDataset`, see `pair_windows` and `reading_windows`.
        form: function of a batch, a dict of arrays, to the tuple that `fit`
            takes; see `form_pair` and `form_reading`.

    Attributes:
        widths: deque of int, the widths in pixels of the batches that are
            drawn and not taken off yet, see `callbacks.FirstSteps`.
    """

    def __init__(self, windows, form=None):
        self.windows = windows
        self.form = form or form_pair
        self.widths = collections.deque()

    def at(self, step):
        """The batch of a step, from 0: a dict of arrays."""
        window, number = divmod(step, WINDOW)
        return self.windows[window][number]

    def drawn_from(self, step=0):
        """Iterates over the batches from a step on, read ahead by threads."""
        window, skipped = divmod(step, WINDOW)
        options = grain.ReadOptions(num_threads=THREADS, prefetch_buffer_size=2)
        for batches in self.windows[window:].to_iter_dataset(options):
            yield from batches[skipped:]
            skipped = 0

    def fed_from(self, step=0):
        """The batches from a step on as `fit` takes them on this backend."""
        self.widths.clear()
        return feed(self.formed_from(step))

    def formed_from(self, step):
        for batch in self.drawn_from(step):
            formed = self.form(batch)
            images = formed[0]
            if isinstance(images, dict):
                images = images["clean"]
            self.widths.append(images.shape[2])
            yield formed


def form_pair(batch):
    """A batch of pairs as the `fit` of an `HTRGAN` takes it."""
    return (batch,)


def form_reading(batch, restore=None):
    """A batch as the `fit` of a `Recognizer` takes it: inputs and targets.

    Args:
        batch: dict, see `reading_windows`.
        restore: function of degraded images, float32 `(batch, height, width,
            1)`, and their widths to restored ones, for the lines that are
            marked so; or `None`.
    """
    targets = dict(batch)
    images = targets.pop("images")
    marked = targets.pop("to_restore")[:, None, None, None]
    if marked.any():
        images = np.where(marked, restore(images, batch["widths"]), images)
    return images, targets


def pad_again(images, widths):
    """Images with padding to the right of each line's own width."""
    columns = np.arange(images.shape[2])[None, None, :, None]
    return np.where(
        columns < widths[:, None, None, None], images, PADDING
    ).astype("float32")


class FixedBatches(keras.utils.PyDataset):
    """The same lines every epoch, held in memory: for validation and test.

    Each line is degraded by its own seed, so the lines do not depend on how
    they are batched.

    Args:
        source: see `sources.py`.
        line_format: `LineFormat`.
        lines: int, how many; a smaller source gives all it has.
        batch_size: int; the last batch may be smaller.
        seed: int.
        shared_by: int, devices that share a batch evenly: lines that are left
            over are in no batch.
        part: function of a batch to what of it is trained on here.

    Attributes:
        lines: list of dict, the lines with `degraded`, `clean`, `text`, and
            `page` if known.
    """

    def __init__(
        self,
        source,
        line_format,
        lines,
        batch_size,
        seed,
        shared_by=1,
        part=lambda batch: batch,
    ):
        super().__init__()
        dataset = shuffle_lines(source, seed, repeat=False)
        count = min(lines, len(source)) if source.finite else lines
        drawn = [dataset[i] for i in range(count)]
        backs = drawn[1:] + drawn[:1]
        pairs = [
            line_format.pair(line, np.random.default_rng((seed, i)), b["clean"])
            for i, (line, b) in enumerate(zip(drawn, backs, strict=True))
        ]
        self.lines = [
            {"degraded": pair["degraded"], **line}
            for line, pair in zip(drawn, pairs, strict=True)
        ]
        order = sorted(range(count), key=lambda i: pairs[i]["widths"])
        order = order[: count - count % shared_by]
        self.batches = [
            part(
                line_format.batch([pairs[i] for i in order[k : k + batch_size]])
            )
            for k in range(0, len(order), batch_size)
        ]

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return (self.batches[index],)

    def fed(self):
        """The batches as `fit` takes them on this backend."""
        return feed(self)


def feed(batches):
    """Batches of several widths as `fit` takes them on this backend.

    Keras on TensorFlow would take the signature from the first two batches
    and fail at the first of another width.

    Args:
        batches: iterator, or `FixedBatches`.
    """
    if keras.config.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    iterator = iter(batches)
    first = next(iterator)
    if iterator is batches:
        batches = itertools.chain([first], iterator)

    def spec(x):
        images = x.ndim == 4
        shape = [None, x.shape[1], None, 1] if images else [None, *x.shape[1:]]
        return tf.TensorSpec(shape, x.dtype)

    signature = keras.tree.map_structure(spec, first)
    dataset = tf.data.Dataset.from_generator(
        lambda: batches, output_signature=signature
    )
    if hasattr(batches, "__len__"):
        # Else several devices would warn that the batches come to an end.
        dataset = dataset.apply(
            tf.data.experimental.assert_cardinality(len(batches))
        )
    # There is nothing to tune, and an iterator that is tuned does not end
    # before the tuning wakes up, which it does at ever longer intervals.
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(2).with_options(options)
