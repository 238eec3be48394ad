"""The recogniser (HTR): reads a line, trained with CTC."""

import keras
import numpy as np
from keras import layers, ops

from keras_htr_gan.charset import Charset
from keras_htr_gan.distribution.devices import BatchPredictor
from keras_htr_gan.losses import (
    BLANK,
    ctc_per_character,
    mean_of_readable,
    readable,
)
from keras_htr_gan.networks.batch_form import refuse_dict, refuse_other_readings
from keras_htr_gan.networks.blocks import (
    add_residual,
    convolve,
    mask_padding,
    normalize_channels,
    pool_mask,
    split_ink,
)
from keras_htr_gan.networks.crnn import build_crnn
from keras_htr_gan.networks.own_losses import OwnLosses
from keras_htr_gan.networks.patches import Patches
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.presets import (
    Preset,
    load_model_file,
    names_model_file,
    save_preset,
)
from keras_htr_gan.sizes import size_named

CONTEXT = 256


@keras.saving.register_keras_serializable("keras_htr_gan")
class Recognizer(OwnLosses, BatchPredictor, keras.Model):
    """A line reader with a CTC output.

    Args:
        charset: str or list of str, its characters (see `Charset`).
        size: `"tiny"` (32 pixels high), `"small"` (64) or `"base"` (128),
            which are convolutional; or `"judge"` (48), which is recurrent and
            not for guiding a training but for judging it.

    Call arguments:
        images: float32 `(batch, height, width, 1)`, 0 = ink, 1 = paper,
            2 = padding; the height is the size's own, the width any multiple
            of 8.

    Returns:
        float32 logits `(batch, frames, classes)`, class 0 the CTC blank; a
        frame stands for `frame_width` pixels.

    Reference:
        Graves et al. 2006 (CTC); a recogniser without recurrence as in
        Coquenet et al. 2020, "Recurrence-free unconstrained handwritten
        text recognition using gated fully convolutional network".
    """

    def __init__(self, charset, size="tiny", **kwargs):
        super().__init__(**kwargs)
        shape = size_named(size)
        self.charset = Charset(charset)
        self.size = size
        self.height = shape.height
        self.frame_width = shape.frame
        build = build_crnn if size == "judge" else build_network
        self.network = build(
            self.charset.classes, self.height, **shape.recognizer
        )
        self.built = True

    def call(self, images, training=False):
        refuse_dict(images)
        return self.network(images, training=training)

    def frame_lengths(self, widths):
        """Frames of lines of the given widths in pixels, int32."""
        frames = ops.floor_divide(
            ops.cast(widths, "int32") + self.frame_width - 1, self.frame_width
        )
        return ops.cast(frames, "int32")

    def decode(self, logits, widths, beam_width=1):
        """CTC decoding in the graph.

        Args:
            logits: float32 `(batch, frames, classes)`.
            widths: int32 `(batch,)`, the lines' own widths in pixels.
            beam_width: int, 1 for greedy decoding; more for a beam search
                that sums over the alignments of a text.

        Returns:
            int32 labels `(batch, longest)`, padded with -1;
            `charset.decode` turns a row into text.
        """
        strategy = (
            {"strategy": "greedy"}
            if beam_width == 1
            else {"strategy": "beam_search", "beam_width": beam_width}
        )
        decoded, _ = ops.ctc_decode(
            logits,
            self.frame_lengths(widths),
            mask_index=BLANK,
            **strategy,
        )
        return ops.cast(decoded[0], "int32")

    def read_batch(self, images, widths, beam_width=1):
        """What stands in a batch of lines.

        Args:
            images: see the class.
            widths, beam_width: see `decode`.

        Returns:
            list of str.
        """
        logits = self.predict_on_batch(images)
        labels = ops.convert_to_numpy(self.decode(logits, widths, beam_width))
        return [self.charset.decode(row) for row in labels.tolist()]

    def compute_loss(
        self,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """CTC in nats per character over the lines that can be aligned."""
        refuse_other_readings(x, y, self.height)
        frames = self.frame_lengths(y["widths"])
        values = ctc_per_character(
            y["labels"],
            y["label_lengths"],
            y_pred,
            frames,
            xla=self.jit_compile,
        )
        mask = readable(y["labels"], y["label_lengths"], frames)
        return mean_of_readable(values, mask)

    def with_charset(self, charset):
        """A recogniser like this one for other characters.

        What it knows of the characters that both have is kept; the outputs
        of the others start fresh.

        Args:
            charset: as for `Recognizer`.

        Returns:
            `(Recognizer, fresh)`, `fresh` being the list of characters that
            it has yet to learn.
        """
        other = Recognizer(charset, self.size)
        labels = {c: i + 1 for i, c in enumerate(self.charset.characters)}
        sources = [BLANK] + [labels.get(c) for c in other.charset.characters]
        kept = np.array([i is not None for i in sources])
        known = [i for i in sources if i is not None]
        for new, old in zip(other.weights, self.weights, strict=True):
            value = np.array(ops.convert_to_numpy(new))
            learnt = ops.convert_to_numpy(old)
            if new.shape == old.shape and "recognizer_logits" not in new.path:
                value = learnt
            else:
                value[..., kept] = learnt[..., known]
            new.assign(value)
        return other, [
            c for c in other.charset.characters if c not in self.charset
        ]

    def in_float32(self):
        """The same recogniser, not compiled, calculating in float32."""
        with calculating_in("float32"):
            other = Recognizer(self.charset.characters, self.size)
        other.set_weights(self.get_weights())
        return other

    @classmethod
    def from_preset(cls, preset):
        """A recogniser with its weights, not compiled.

        Args:
            preset: str or path: a shipped preset (`"latin_tiny"`, ...), the
                folder that `save_to_preset` wrote, the folder of a run,
                `"hf://user/name"` of the Hugging Face hub, or a `.keras`
                file, which is loaded without its optimizer, strictly and in
                Keras' safe mode.

        Raises:
            UserError: if there is none, it is damaged, or it is none of a
                `Recognizer`; names the file.
        """
        if names_model_file(preset):
            return load_model_file(preset, cls)
        preset = Preset(preset)
        recognizer = preset.built("recognizer", cls, preset.charset)
        preset.load_weights("recognizer", recognizer)
        return recognizer

    def save_to_preset(self, folder, card=""):
        """Writes a preset of this recogniser alone.

        Args:
            folder: path.
            card: str, the model card in Markdown.
        """
        networks = {"recognizer": (self, self.preset_settings())}
        save_preset(folder, networks, self.charset.characters, card)

    def preset_settings(self):
        return {"size": self.size}

    def get_config(self):
        return {
            **super().get_config(),
            "charset": list(self.charset.characters),
            "size": self.size,
        }


def build_network(classes, height, stem, frame, filters, blocks, contexts):
    """Narrow to frames, fold the height into channels, look along the line.

    Args:
        classes: int.
        height: int, pixels of a line.
        stem: int, pixels of the square patches that are looked at first.
        frame: int, columns of a frame in pixels, twice the stem.
        filters, blocks: pairs of int, the channels and residual blocks before
            and after the patches are joined to frames.
        contexts: int, blocks that look along the line.
    """
    image = keras.Input((height, None, 1), name="recognizer_image")
    x, mask = split_ink(image, "recognizer")
    x = Patches(filters[0], stem, name="recognizer_stem")(x)
    mask = pool_mask(mask, stem, "recognizer_stem_mask")
    x = layers.ReLU(name="recognizer_stem_activation")(x)
    x = mask_padding(x, mask, "recognizer_masked_stem")
    x = convolve(x, filters[0], 3, "recognizer_strokes", activation="relu")
    for i in range(blocks[0]):
        x = add_residual(x, mask, f"recognizer_fine{i}")
    x = mask_padding(x, mask, "recognizer_masked_strokes")
    x = Patches(filters[1], frame // stem, name="recognizer_downsampling")(x)
    mask = pool_mask(mask, frame // stem, "recognizer_coarse_mask")
    for i in range(blocks[1]):
        x = add_residual(x, mask, f"recognizer_block{i}")
    x = normalize_channels(x, "recognizer_normalization")
    rows = height // frame
    mask = pool_mask(mask, (rows, 1), "recognizer_frame_mask")
    x = layers.Conv2D(
        CONTEXT, (rows, 1), padding="valid", name="recognizer_fold"
    )(x)
    for i in range(contexts):
        x = add_context(x, mask, f"recognizer_context{i}")
    x = normalize_channels(x, "recognizer_last_normalization")
    x = convolve(x, classes, 1, "recognizer_logits", dtype="float32")
    logits = layers.Reshape((-1, classes), name="recognizer_frames")(x)
    return keras.Model(image, logits, name="recognizer")


def add_context(x, mask, name):
    """A residual bottleneck that looks at the neighbouring frames."""
    filters = x.shape[-1]
    y = normalize_channels(x, f"{name}_normalization")
    y = mask_padding(y, mask, f"{name}_masked")
    y = convolve(y, filters // 2, (1, 7), f"{name}_in", activation="relu")
    y = convolve(y, filters, 1, f"{name}_out", kernel_initializer="zeros")
    return layers.Add(name=f"{name}_add")([x, y])
