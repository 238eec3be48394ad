"""From lines to batches: degradation, padding, labels, background threads.

What a batch holds depends on its number and the seed alone, so a training
goes on at step n by asking for batch n.
"""

import dataclasses

import cv2
import grain
import keras
import numpy as np

from keras_htr_gan.charset import Charset
from keras_htr_gan.data.degradation import degrade

THREADS = 2
BATCHES_AHEAD = 8
WIDTH_STEP = 32

# Lines are small: OpenCV's own threads would only take cores from training.
cv2.setNumThreads(0)


@dataclasses.dataclass(frozen=True)
class LineFormat:
    """The shape that every line of a batch is padded to.

    Args:
        height: int, pixels.
        width: int, pixels; a multiple of 32 suits every network size.
        longest: int, characters of the longest label.
        charset: `Charset`.
    """

    height: int
    width: int
    longest: int
    charset: Charset

    @classmethod
    def covering(cls, sources, height, also=None):
        """The format that holds every line of some sources.

        Args:
            sources: sources of lines, see `HandwritingSource`.
            height: int, pixels.
            also: another `LineFormat` to cover, or `None`.
        """
        parts = [(s.widest(), s.longest(), s.characters()) for s in sources]
        if also is not None:
            parts.append((also.width, also.longest, also.charset.characters))
        widths, longest, characters = zip(*parts, strict=True)
        width = WIDTH_STEP * -(-max(widths) // WIDTH_STEP)
        return cls(height, width, max(longest), Charset("".join(characters)))

    def pair(self, line, rng, other=None):
        """A clean line and its degraded twin, padded, with its label.

        Args:
            line: dict of `clean`, float32 `(height, at most width)`, and
                `text`, str.
            rng: `numpy.random.Generator` for the degradation.
            other: another clean image, see `degrade`.

        Returns:
            dict, see `HTRGAN`, of one line.
        """
        clean = line["clean"]
        degraded = degrade(clean, rng, other)
        labels = self.charset.encode(line["text"])
        return {
            "degraded": self.pad(degraded),
            "clean": self.pad(clean),
            "widths": np.int32(clean.shape[1]),
            "labels": np.pad(labels, (0, self.longest - len(labels))),
            "label_lengths": np.int32(len(labels)),
        }

    def pad(self, image):
        right = self.width - image.shape[1]
        padded = np.pad(image, ((0, 0), (0, right)), constant_values=1.0)
        return padded[..., None].astype("float32")


def pair_batches(source, line_format, batch_size, seed):
    """Batches of degraded and clean lines.

    Args:
        source: random-access lines, see `HandwritingSource`.
        line_format: `LineFormat`.
        batch_size: int.
        seed: int, of the degradations and of the order of a finite source.

    Returns:
        `grain.MapDataset` without end; item n is batch n, a dict as `HTRGAN`
        takes it.
    """

    def pairs(lines, rng):
        # The neighbour in the batch is what bleeds through: a line that is
        # drawn already.
        backs = lines[1:] + lines[:1]
        rows = [
            line_format.pair(line, rng, back["clean"])
            for line, back in zip(lines, backs, strict=True)
        ]
        return {k: np.stack([row[k] for row in rows]) for k in rows[0]}

    dataset = grain.MapDataset.source(source).seed(seed)
    if source.finite:
        dataset = dataset.shuffle().repeat()
    lines = dataset.batch(batch_size, drop_remainder=True, batch_fn=list)
    return lines.random_map(pairs)


def recognition_batch(batch, rng):
    """A batch for training a recogniser: clean lines and lightly worn ones.

    A reader that guides restoration is shown half-restored lines, so it must
    not fail where ink is a little grey or soft: half of the images are a
    blend of clean and degraded.
    """
    blend = rng.uniform(0.0, 0.3, (len(batch["widths"]), 1, 1, 1))
    blend *= rng.random(blend.shape) < 0.5
    images = batch["clean"] + blend * (batch["degraded"] - batch["clean"])
    targets = {k: batch[k] for k in ("widths", "labels", "label_lengths")}
    return images.astype("float32"), targets


def stream(dataset, start=0):
    """Iterates over a dataset from item `start`, read ahead by threads."""
    options = grain.ReadOptions(
        num_threads=THREADS, prefetch_buffer_size=BATCHES_AHEAD
    )
    yield from dataset[start:].to_iter_dataset(options)


class FixedBatches(keras.utils.PyDataset):
    """The same batches every epoch, held in memory: for validation and test.

    Args:
        dataset: `grain.MapDataset` of batches.
        batches: int, how many of them.
    """

    def __init__(self, dataset, batches):
        super().__init__()
        self.batches = [dataset[i] for i in range(batches)]

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return (self.batches[index],)

    def column(self, name):
        """One entry of the batches, concatenated along the lines."""
        return np.concatenate([batch[name] for batch in self.batches])
