"""Lines that have a clean twin, and lines as they were found, that have none.

An archive has transcriptions of its pages and no clean twin of any. Only the
pixel loss needs one: the discriminator judges such a line, the recogniser
guides it, and what holds it to the scan is that there be no ink where the scan
shows paper.
"""

from keras import ops

from keras_htr_gan.losses import line_mask, masked_line_mean, mean_of_readable

FOUND_FIGURES = (
    "faithfulness_loss",
    "faithfulness_gradient_norm",
    "CTC_loss_as_found",
)


class Pairing:
    """For `HTRGAN`: which lines of a batch are pairs, and what follows.

    Without a `faithfulness_loss_weight` all of them are. With one a batch may
    hold `paired`, and the pairs are trained on as ever but that each mean over
    them leaves the others out:

    - the pixel loss is that of the pairs alone;
    - the faithfulness loss, of the others alone, is the binary cross-entropy
      of ink where there is surely paper, nats per pixel;
    - the reading and the adversarial loss are of all lines;
    - the discriminator learns what is clean from the pairs;
    - a line without a twin has no pixel gradient of its own: its reading
      gradient is bounded by the pairs' mean one.
    """

    @property
    def takes_found(self):
        """Whether there may be lines without a twin: bool."""
        return self.faithfulness_loss_weight is not None

    def paired(self, batch):
        """bool `(batch,)`: the lines that have a clean twin."""
        if "paired" not in batch:
            return ops.ones_like(batch["widths"], "bool")
        if self.takes_found:
            return ops.greater(batch["paired"], 0)
        raise ValueError(
            "the batch holds `paired`, and lines without a clean twin need a "
            "`faithfulness_loss_weight`"
        )

    def found(self, batch):
        """bool `(batch,)`: the lines that have none."""
        return ops.logical_not(self.paired(batch))

    def mean_of_pairs(self, values, batch):
        """Mean of `values`, float32 `(batch,)`, over the pairs."""
        if self.takes_found:
            return mean_of(values, self.paired(batch))
        return ops.mean(values)

    def mean_of_judgements(self, clean, restored, batch):
        """This device's part of what the discriminator loses.

        Args:
            clean, restored: float32 `(batch,)`, of each line and its twin.
        """
        every, pairs = ops.ones_like(batch["widths"]), self.paired(batch)
        if self.takes_found:
            clean = mean_of(clean, pairs) * self.share(pairs)
            return clean + ops.mean(restored) * self.share(every)
        return ops.mean(clean + restored) * self.share(pairs)

    def pixel_norms(self, pixel_gradient, batch):
        """What bounds the reading gradient of each line: `(batch,)`."""
        norms = line_norms(pixel_gradient)
        if not self.takes_found:
            return norms
        pairs = self.paired(batch)
        mean = mean_of(norms, pairs) * self.share(pairs)
        return ops.where(pairs, norms, self.over_devices(mean))

    def bound(self, reading_gradient, pixel_norms):
        """Shortens each line's reading gradient to its bound.

        Args:
            reading_gradient: float32 `(batch, height, width, 1)`.
            pixel_norms: float32 `(batch,)`, see there.

        Returns:
            The bounded gradient, and float32 `(batch,)`: 1 where a line was
            at the bound.
        """
        length = line_norms(reading_gradient)
        if self.reading_gradient_bound is None:
            return reading_gradient, ops.zeros_like(length)
        limit = self.reading_gradient_bound * pixel_norms
        over = length > limit
        scale = ops.where(over, limit / ops.where(over, length, 1.0), 1.0)
        return (
            reading_gradient * scale[:, None, None, None],
            ops.cast(over, "float32"),
        )

    def reading_figures(self, loss, lines, batch):
        """The reading loss as it is told: dict of this device's parts.

        Args:
            loss: scalar, what guides, of all lines.
            lines: dict, see `Guidance.guiding_loss`.
        """
        if not (self.takes_found or self.by_features):
            return {"CTC_loss": loss}
        pairs, found = (
            ops.logical_and(some, self.readable(batch))
            for some in (self.paired(batch), self.found(batch))
        )
        figures = {f"{name}_loss": (x, pairs) for name, x in lines.items()}
        if self.takes_found:
            figures["CTC_loss_as_found"] = lines["CTC"], found
        return {
            name: mean_of(values, some) * self.share(some)
            for name, (values, some) in figures.items()
        }

    def faithfulness_loss(self, logits, batch):
        """How much ink there is where a line's scan surely shows paper."""
        mask = line_mask(batch["widths"], ops.shape(logits)[2])
        paper = ops.minimum(batch["clean"], 1.0) * mask  # padding is 2
        nats = ops.binary_crossentropy(
            ops.ones_like(paper), logits, from_logits=True
        )
        losses = masked_line_mean(paper * nats, mask)
        return mean_of(losses, self.found(batch))


def mean_of(values, mask):
    """Mean of `values` `(batch,)` over the lines where `mask` is true."""
    return mean_of_readable(ops.where(mask, values, 0.0), mask)


def line_norms(gradient):
    """L2 norm of each line's gradient: `(batch, h, w, 1)` to `(batch,)`."""
    return ops.sqrt(ops.sum(ops.square(gradient), axis=(1, 2, 3)))
