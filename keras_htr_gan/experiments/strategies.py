"""Ways to bring the reading loss in: those that failed, ours, and ideas."""

import dataclasses

# Of the batch's mean of nats a line, in the strategies that clip it.
CLIP = 100.0


@dataclasses.dataclass(frozen=True)
class Strategy:
    """How strong the reading loss is, when, and in which form.

    Args:
        shape: str, of the schedule after the warm-up, see
            `keras_htr_gan.callbacks.loss_annealing.annealed_weight`.
        reading: `"per_character"`; `"per_line"`, nats of whole lines;
            `"clipped"`, the batch's mean of that, at most `CLIP`; `"view"`,
            nats a character of the restored line as `shift_images` shows it;
            `"features"`, how far the recogniser's features of the restored
            line are from those of the clean one; or `"both"`, nats a
            character and that.
        bounded: bool, whether there is a `reading_gradient_bound`.
        balanced: bool. Every line's reading gradient has exactly the length
            of its bound, instead of that at most.
        guided: bool; without it the weight stays 0.
        at_plateau: bool. The schedule begins when the pixel loss no longer
            falls, see `AnnealingAtPlateau`, not after a fixed warm-up.
        dual_modal: bool. The discriminator sees the text, too, see
            `DualModalGAN`; from the beginning.
        about: str, for the report.
    """

    shape: str
    reading: str = "per_character"
    bounded: bool = False
    balanced: bool = False
    guided: bool = True
    at_plateau: bool = False
    dual_modal: bool = False
    about: str = ""


STRATEGIES = {
    "none": Strategy("constant", guided=False, about="no reading loss at all"),
    "on_off_clipped": Strategy(
        "on_off",
        "clipped",
        about="at once; nats a line, their mean clipped at 100",
    ),
    "ramp_clipped": Strategy(
        "linear",
        "clipped",
        about="a ramp; nats a line, their mean clipped at 100",
    ),
    "on_off": Strategy("on_off", "per_line", about="at once; nats a line"),
    "on_off_per_character": Strategy(
        "on_off", about="at once; nats a character"
    ),
    "on_off_bounded": Strategy(
        "on_off", bounded=True, about="at once; nats a character, bounded"
    ),
    "annealed": Strategy(
        "linear", bounded=True, about="a ramp; nats a character, bounded"
    ),
    "annealed_unbounded": Strategy("linear", about="a ramp; nats a character"),
}
# They are compared by their whole curves, over the target weight.
SWEPT = ("annealed", "on_off_bounded")
# Tried, and not trained unless they are asked for.
IDEAS = {
    "annealed_balanced": Strategy(
        "linear",
        bounded=True,
        balanced=True,
        about="as `annealed`; the weight of each line set so that its reading "
        "gradient is as long as the bound",
    ),
    "annealed_at_plateau": Strategy(
        "linear",
        bounded=True,
        at_plateau=True,
        about="as `annealed`; the ramp begins when the validation pixel loss "
        "has not fallen by 1 % in three epochs, or ten epochs late",
    ),
    "annealed_view": Strategy(
        "linear",
        "view",
        bounded=True,
        about="as `annealed`; reads the restored line shifted by a part of a "
        "pixel, and so blurred, another part for each line and step",
    ),
    "annealed_features": Strategy(
        "linear",
        "features",
        bounded=True,
        about="as `annealed`; instead of CTC, the squared distance between "
        "the frozen recogniser's features of the restored and the clean line, "
        "as a share of theirs",
    ),
    "annealed_both": Strategy(
        "linear",
        "both",
        bounded=True,
        about="as `annealed`; CTC and that distance, added",
    ),
    "annealed_dual_modal": Strategy(
        "linear",
        bounded=True,
        dual_modal=True,
        about="as `annealed`; from the first epoch, the discriminator sees the "
        "text, too, and has to know clean lines with the text of another",
    ),
}
ALL = STRATEGIES | IDEAS
