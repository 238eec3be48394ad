"""From lines to batches: degradation, buckets, padding, labels.

What a batch holds depends on its number and the seed alone, so a training
goes on at step n by asking for batch n.
"""

import dataclasses
import functools

import cv2
import grain
import numpy as np

from keras_htr_gan.charset import Charset
from keras_htr_gan.data.augmentation import augment
from keras_htr_gan.data.buckets import bucket_widths
from keras_htr_gan.data.found import find_sure_paper
from keras_htr_gan.data.page_context import on_a_page
from keras_htr_gan.data.recipes import RECIPES, Recipe, degrade
from keras_htr_gan.data.sources import Mixture
from keras_htr_gan.pixels import PADDING

WINDOW = 32
BLENDED_SHARE = 0.4
BLEND = 0.6

# Lines are small: OpenCV's own threads would only take cores from training.
cv2.setNumThreads(0)


@dataclasses.dataclass(frozen=True)
class LineFormat:
    """The shapes of batches.

    Args:
        height: int, pixels.
        widths: tuple of int, ascending: the widths a batch can have, pixels;
            multiples of 16 suit every network size.
        longest: int, characters of the longest label.
        charset: `Charset`.
        recipe: `Recipe` of the degradation.
        paper: tuple of float32 images of blank paper, see `degrade`.
        found: bool, whether there are lines that have no clean twin.
    """

    height: int
    widths: tuple[int, ...]
    longest: int
    charset: Charset
    recipe: Recipe = RECIPES["medium"]
    paper: tuple[np.ndarray, ...] = dataclasses.field(
        default=(), compare=False, repr=False
    )
    found: bool = False

    @classmethod
    def covering(
        cls,
        sources,
        height,
        recipe=RECIPES["medium"],
        paper=(),
        found=False,
    ):
        """The format that holds every line of some sources.

        Args:
            sources: list of sources of lines (see `sources.py`); the first
                says which widths are common.
            height: int, pixels.
            recipe: `Recipe`.
            paper: sequence of float32 images, see the class.
            found: bool, see the class.
        """
        widest = [source.widest() for source in sources]
        common = [w for w in sources[0].widths() if w <= max(widest)]
        return cls(
            height,
            bucket_widths(np.array([*common, *widest])),
            max(source.longest() for source in sources),
            Charset(set().union(*(s.characters() for s in sources))),
            recipe,
            tuple(paper),
            found,
        )

    def pair(self, line, rng, other=None, page_share=0.0, context=0):
        """A clean line and its degraded twin, with its label.

        Args:
            line: dict, an item of a source. One that is marked as `found`
                has no clean twin: `clean` is then `find_sure_paper` of it.
            rng: `numpy.random.Generator` for the degradation.
            other: another clean image, see `degrade`.
            page_share: float, of the lines that are not degraded yet, that
                are shown as pages have them, see `on_a_page`.
            context: int, rows above and below the line that `degraded` has
                and `clean` has not. They hold what stands there on the page;
                and `PADDING` where the line is not shown as pages have it.

        Returns:
            dict, see `HTRGAN`, of one line that is not padded yet: `degraded`
            is float32 `(height + 2 * context, width)`, `clean` float32
            `(height, width)`; with `paired` where there are found ones.
        """
        page, degraded = line["clean"], line.get("degraded")
        text, around = line["text"], context
        if degraded is None:
            if page_share and rng.random() < page_share:
                room = self.widths[-1] - page.shape[1]
                shown = on_a_page(line, rng, other, context, room)
                page, text, around = shown["clean"], shown["text"], 0
            degraded = self.age(page, rng, other)
        clean = page if around else page[context : len(page) - context]
        found = line.get("found", False)
        if found:
            clean = find_sure_paper(degraded)
        return {
            "degraded": np.pad(
                degraded, ((around,), (0,)), constant_values=PADDING
            ),
            "clean": clean,
            **self.target(clean, text),
            **({"paired": np.int32(not found)} if self.found else {}),
        }

    def reading(
        self,
        line,
        rng,
        other=None,
        augmentation="full",
        blend=BLEND,
        restored_share=0.0,
    ):
        """A line as a recogniser is trained on it.

        Args:
            line, rng, other: see `pair`.
            augmentation: `"full"`, `"hands"` (other hands and pens, but
                nothing blurred or faded) or `"none"`; see `augment`.
            blend: float, 0 to 1, up to which some lines are a blend with
                their degraded twin: a reader that guides a generator must
                follow ink that is a little grey or soft.
            restored_share: float, of the lines, that are degraded and marked
                as `to_restore`.

        Returns:
            dict of one line that is not padded yet: `images`, `to_restore`,
            and the target.
        """
        image = line["clean"]
        if augmentation != "none":
            faded = augmentation == "full"
            image = augment(image, rng, self.widths[-1], faded)
        to_restore = rng.random() < restored_share
        strength = 0.0
        if to_restore:
            strength = 1.0
        elif rng.random() < BLENDED_SHARE:
            strength = rng.uniform(0.0, blend)
        if strength:
            degraded = self.age(image, rng, other)
            image = image + np.float32(strength) * (degraded - image)
        return {
            "images": image,
            "to_restore": to_restore,
            **self.target(image, line["text"]),
        }

    def age(self, image, rng, other):
        return degrade(image, rng, other, self.recipe, self.height, self.paper)

    def target(self, image, text):
        labels = self.charset.encode(text)
        return {
            "widths": np.int32(image.shape[1]),
            "labels": np.pad(labels, (0, self.longest - len(labels))),
            "label_lengths": np.int32(len(labels)),
        }

    def batch(self, lines):
        """Lines side by side, padded to the width they need."""
        widest = max(line["widths"] for line in lines)
        width = next(w for w in self.widths if w >= widest)
        return {
            name: np.stack(
                [
                    pad(line[name], width)
                    if np.ndim(line[name]) == 2
                    else line[name]
                    for line in lines
                ]
            )
            for name in lines[0]
        }


def pad(image, width):
    right = width - image.shape[1]
    image = np.pad(image, ((0, 0), (0, right)), constant_values=PADDING)
    return image[..., None].astype("float32")


def shuffle_lines(source, seed, repeat=True):
    """The lines of a source as a `grain.MapDataset`.

    Args:
        source: see `sources.py`; a finite one is shuffled.
        seed: int.
        repeat: bool, whether a finite source begins anew, shuffled again.
    """
    if isinstance(source, Mixture):
        parts = [shuffle_lines(s, seed, repeat=True) for s in source.sources]
        return grain.MapDataset.mix(parts, weights=source.weights)
    dataset = grain.MapDataset.source(source).seed(seed)
    if source.finite:
        dataset = dataset.shuffle()
        dataset = dataset.repeat() if repeat else dataset
    return dataset


def next_clean(lines):
    """For each line the clean image of the next that has one: list."""
    last = next((x["clean"] for x in lines if not x.get("found")), None)
    images = []
    for line in reversed(lines):
        images.append(last)
        last = last if line.get("found") else line["clean"]
    return images[::-1]


def pair_windows(
    source, line_format, batch_size, seed, page_share=0.0, context=0
):
    """Batches of degraded and clean lines, see `make_windows`.

    Args:
        page_share, context: see `LineFormat.pair`.

    Returns:
        `grain.MapDataset` of lists of dicts as `HTRGAN` takes them.
    """
    make = functools.partial(
        line_format.pair, page_share=page_share, context=context
    )
    return make_windows(source, line_format, batch_size, seed, make)


def reading_windows(source, line_format, batch_size, seed, **options):
    """Batches to train a recogniser on, see `make_windows`.

    Args:
        **options: of `LineFormat.reading`.

    Returns:
        `grain.MapDataset` of lists of dicts, see `LineFormat.reading`.
    """
    make = functools.partial(line_format.reading, **options)
    return make_windows(source, line_format, batch_size, seed, make)


def make_windows(source, line_format, batch_size, seed, make):
    """Batches, each of lines of like width.

    Lines are drawn in windows of several batches, and sorted by width within
    their window.

    Args:
        source: see `sources.py`.
        line_format: `LineFormat`.
        batch_size: int.
        seed: int, of what `make` does and of the order of a finite source.
        make: function of a line, a random generator and another clean image
            to a dict of what the batch holds of the line.

    Returns:
        `grain.MapDataset` without end; item n is a list of `WINDOW` batches.
    """

    def batches(lines, rng):
        # The neighbour is what bleeds through: a line that is drawn already.
        made = [
            make(line, rng, back)
            for line, back in zip(lines, next_clean(lines), strict=True)
        ]
        made.sort(key=lambda line: line["widths"])
        starts = batch_size * rng.permutation(WINDOW)
        return [line_format.batch(made[i : i + batch_size]) for i in starts]

    lines = (
        shuffle_lines(source, seed)
        .seed(seed)
        .batch(WINDOW * batch_size, drop_remainder=True, batch_fn=list)
    )
    return lines.random_map(batches)
