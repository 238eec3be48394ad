"""Trains recognisers."""

import functools

import keras

from keras_htr_gan import callbacks
from keras_htr_gan.charset import Charset
from keras_htr_gan.data.feeding import TrainingBatches, form_reading, pad_again
from keras_htr_gan.data.pipeline import BLEND, reading_windows
from keras_htr_gan.distribution.hosts import has_several_hosts
from keras_htr_gan.errors import UserError
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.training.lines import TrainingLines
from keras_htr_gan.training.validation import score_read

SHOWN = {"loss": "CTC", "val_CER": "CER", "val_WER": "WER"}
PANELS = (
    ("CTC, nats per character", ("loss",)),
    ("validation error rates", ("val_CER", "val_WER")),
)
LIGHTLY = 0.3


def pretrain(run, start=None, restorer=None):
    """The whole training of a recogniser, top to bottom.

    Args:
        run: `Run` with `PretrainingSettings`.
        start: `Recognizer` to begin with, or `None`.
        restorer: `HTRGAN` that restores some of the training lines, or
            `None`.

    Returns:
        The `Recognizer`, its `TrainingLines`, and the `WandbLogger`, which is
        not finished yet.
    """
    settings = run.settings
    run.seed()
    if run.resumed:
        start = run.open_checkpoint()

    lines = open_pretraining_lines(settings, start)
    run.prepare()

    # Model.
    charset = lines.format.charset
    recognizer = build_recognizer(charset, settings.size, start)
    if not run.resumed:
        compile_recognizer(recognizer, settings.steps, settings.learning_rate)

    # Callbacks and training.
    validation = lines.fixed(
        "validation", settings.batch_size * settings.validation_steps, seed=1
    )
    batches = feed_readings(lines, settings, restorer)
    wandb_logger = run.wandb_logger(job_type="pretrain")
    print(
        f"Training a recogniser of {len(charset)} characters on "
        f"{keras.config.backend()}: {settings.epochs} epochs of "
        f"{settings.steps_per_epoch} batches of {settings.batch_size} lines, "
        f"{lines.shape}; see {run.folder}"
    )
    run.fit(
        recognizer,
        batches,
        [
            callbacks.ValidationScores(score_read(validation, recognizer)),
            callbacks.HistoryFile(run.history),
            callbacks.TrainingCurves(
                run.history, run.folder / "curves.png", panels=PANELS
            ),
            run.checkpoints(),
            wandb_logger,
            callbacks.BriefProgress(SHOWN),
            callbacks.FirstSteps(batches.widths),
        ],
    )
    return recognizer, lines, wandb_logger


def open_pretraining_lines(settings, start=None):
    """The `TrainingLines`, whose charset is given, or that of data and start.

    Args:
        settings: `PretrainingSettings`.
        start: `Recognizer` to begin with, or `None`.
    """
    given = Charset(settings.characters) if settings.characters else None
    lines = TrainingLines(
        settings, SIZES[settings.size].height, given, settings.characters
    )
    known = start.charset.characters if start else ()
    lines.spell_with(
        given or Charset({*known, *lines.format.charset.characters})
    )
    return lines


def build_recognizer(charset, size, start=None):
    """A `Recognizer` of a `Charset`, new or from one to begin with."""
    if start is None:
        return Recognizer(charset.characters, size)
    if start.charset == charset:
        return start
    recognizer, fresh = start.with_charset(charset.characters)
    print(f"New to the recogniser: {' '.join(map(repr, fresh))}")
    return recognizer


def feed_readings(lines, settings, restorer=None):
    """The `TrainingBatches` of a recogniser, see `pretrain`."""
    blend = settings.blend
    if blend is None:
        blend = BLEND if settings.augmentation == "full" else 0.0
    form, restored_share = form_reading, 0.0
    if restorer is not None:
        form = functools.partial(form_reading, restore=restoring(restorer))
        restored_share = settings.restored_share
    return lines.readings(
        form,
        augmentation=settings.augmentation,
        blend=blend,
        restored_share=restored_share,
    )


def restoring(model):
    """An `HTRGAN` as a function of images and widths, for `form_reading`."""

    def restore(images, widths):
        restored = keras.ops.convert_to_numpy(model.predict_on_batch(images))
        return pad_again(restored, widths)

    return restore


def train_recognizer(
    source,
    line_format,
    size="tiny",
    steps=1500,
    batch_size=16,
    learning_rate=3e-3,
    seed=0,
    verbose="auto",
):
    """Trains a recogniser in one go, quickly, without a run folder.

    It sees lines as they are, and lightly worn ones.

    Args:
        source: random-access lines, see `sources.py`.
        line_format: `LineFormat`; its charset becomes the recogniser's.
        size: str, see `Recognizer`.
        steps: int, batches in all.
        batch_size: int.
        learning_rate: float, see `compile_recognizer`.
        seed: int, of weights and data.
        verbose: as in `keras.Model.fit`.

    Returns:
        `Recognizer`, not compiled.

    Raises:
        UserError: on several hosts.
    """
    if has_several_hosts():
        raise UserError(
            "`recognizer`: one host trains it, before all train the rest: "
            "python -m keras_htr_gan pretrain, and name what that writes"
        )
    keras.utils.set_random_seed(seed)
    recognizer = Recognizer(line_format.charset.characters, size)
    compile_recognizer(recognizer, steps, learning_rate)
    windows = reading_windows(
        source,
        line_format,
        batch_size,
        seed,
        augmentation="none",
        blend=LIGHTLY,
    )
    recognizer.fit(
        TrainingBatches(windows, form_reading).fed_from(0),
        steps_per_epoch=steps,
        epochs=1,
        shuffle=False,
        verbose=verbose,
    )
    return recognizer.in_float32()


def compile_recognizer(recognizer, steps, learning_rate):
    """Compiles it with AdamW and a learning rate that rises, then falls.

    Args:
        recognizer: `Recognizer`.
        steps: int, batches in all.
        learning_rate: float, reached after a tenth of the steps and then
            brought down to a hundredth of it along a cosine.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 10,
        steps,
        alpha=0.01,
        warmup_target=learning_rate,
        warmup_steps=steps // 10,
    )
    recognizer.compile(
        optimizer=keras.optimizers.AdamW(
            schedule, weight_decay=1e-3, global_clipnorm=5.0
        )
    )
    # TensorFlow traces a step twice that makes the optimizer's variables.
    recognizer.optimizer.build(recognizer.trainable_variables)
