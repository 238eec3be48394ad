"""Trains the GAN: settings, lines, recogniser, model, callbacks, fit, report.

    python train.py

The backend is chosen by KERAS_BACKEND (tensorflow, jax or torch). What is
named here is imported when it is first used: Keras after the options are read.
"""

import time

import click

import keras_htr_gan as htr
from keras_htr_gan import callbacks, distribution, training
from keras_htr_gan.commands.mistakes import tells_mistakes
from keras_htr_gan.commands.runs import open_run
from keras_htr_gan.commands.terminal import prepare_terminal
from keras_htr_gan.commands.training_options import training_options
from keras_htr_gan.errors import UserError
from keras_htr_gan.extras import require_training
from keras_htr_gan.sizes import SIZES
from keras_htr_gan.training.settings import TrainingSettings

SHOWN = {
    "generator_loss": "G",
    "discriminator_loss": "D",
    "pixel_loss": "pixel",
    "CTC_loss": "CTC",
    "ctc_weight": "weight",
    "val_CER": "CER",
    "val_PSNR": "PSNR",
}


@click.command(context_settings={"show_default": True})
@training_options
@click.pass_context
@tells_mistakes
def train(context, hosts, host, **options):
    """Train a GAN that restores degraded handwriting so it can be read."""
    started = time.monotonic()
    require_training("training")
    hosts = distribution.Hosts.parse(hosts, host)
    with open_run(context, TrainingSettings, options, hosts) as run:
        training.check_sharing(run.settings, hosts)
        with run.calculating():
            with distribution.share_training(run.settings.devices, hosts):
                model, lines, wandb_logger = fit(run, hosts)
            if hosts.first:
                training.report_gan(run, model, lines, wandb_logger, started)


def fit(run, hosts):
    """From the lines to the trained model.

    Returns:
        The `HTRGAN`, its `TrainingLines`, and the `WandbLogger`, which is not
        finished yet.
    """
    run.seed()

    # What there is already: the model of the run that is resumed, or one to
    # begin with; and the recogniser, if it is that model's, or named.
    model = run.open_checkpoint() if run.resumed else None
    begun, run.settings = training.open_beginning(run)
    settings, known = run.settings, training.known_recognizer(run, model, begun)

    # Lines with text, aged on the fly; batches to train on, and a fixed set.
    lines, recognizer = open_lines(run, known)
    batches = lines.pairs(
        settings.page_share, hosts.part, settings.context_rows
    )
    validation = lines.fixed(
        "validation",
        settings.batch_size * settings.validation_steps,
        seed=1,
        shared_by=hosts.count * settings.devices,
        part=hosts.part,
    )

    if model is None:
        model = build_model(settings, recognizer, begun)
    training.adapt_compilation(model, settings, hosts)

    skipped_steps, wandb_logger, others = build_callbacks(
        run, lines, recognizer, batches, validation, hosts
    )
    click.echo(
        f"Training on {run.identity.backend}: {settings.epochs} epochs of "
        f"{settings.steps_per_epoch} batches of {settings.batch_size} lines, "
        f"{lines.shape}; see {run.folder}"
    )
    run.fit(
        model,
        batches,
        callbacks=[skipped_steps, *others],
        validation_data=validation.fed(),
    )
    if skipped_steps.gave_up:
        raise UserError(
            f"stopped: {settings.skip_limit} steps in a row had a loss or "
            f"gradients that are not finite. {run.folder / 'skipped.csv'} "
            "names their lines; no such step changed the weights, which are "
            f"in {run.folder / 'checkpoints'}. Lower the weights of the "
            "losses, or mend the data"
        )
    return model, lines, wandb_logger


def open_lines(run, recognizer):
    """The `TrainingLines` of a run, and the `Recognizer` that reads them.

    Where none is known, the shipped one is taken if it knows all characters,
    or else one is trained on these lines first.
    """
    settings = run.settings
    lines = training.TrainingLines(
        settings,
        SIZES[settings.size].height,
        recognizer and recognizer.charset,
    )
    run.prepare()
    if recognizer is None:
        recognizer = training.find_recognizer(
            lines.every_source,
            lines.format,
            settings.language,
            size=settings.size,
            steps=settings.recognizer_steps,
            seed=settings.seed,
            retrain=settings.recognizer == "train",
        )
    lines.spell_with(recognizer.charset)
    return lines, recognizer


def build_model(settings, recognizer, begun=None):
    """An `HTRGAN`, compiled; its networks new, or those of another model."""
    bound = settings.reading_gradient_bound
    model = htr.HTRGAN(
        begun.generator
        if begun
        else htr.build_generator(settings.size, settings.contrast),
        begun.discriminator
        if begun
        else htr.build_discriminator(settings.size),
        recognizer,
        pixel_loss_weight=settings.pixel_loss_weight,
        adversarial_loss_weight=settings.adversarial_loss_weight,
        reading_gradient_bound=None if bound < 0 else bound,
        faithfulness_loss_weight=settings.faithfulness_loss_weight
        if settings.as_found
        else None,
        context_rows=settings.context_rows,
        guidance=settings.guidance,
    )
    jit_compile = settings.jit_compile
    model.compile(
        htr.generator_discriminator_optimizer(decay_steps=settings.steps),
        jit_compile="auto" if jit_compile is None else jit_compile,
        steps_per_execution=settings.steps_per_execution,
    )
    return model


def build_callbacks(run, lines, recognizer, batches, validation, hosts):
    """The callbacks, in the order in which they need each other's figures.

    Returns:
        `SkippedSteps`, `WandbLogger`, and the list of all but the first.
        Those that score and write are the first host's alone.
    """
    settings, folder, history = run.settings, run.folder, run.history
    skipped_steps = callbacks.SkippedSteps(
        folder / "skipped.csv" if hosts.first else None,
        batches.at,
        recognizer.charset.decode,
        settings.steps_per_epoch,
        settings.skip_limit,
    )
    annealing = callbacks.LossAnnealingCallback(
        settings.ctc_weight,
        settings.warmup_epochs,
        settings.annealing_epochs,
        settings.annealing_shape,
    )
    checkpoints = run.checkpoints({settings.warmup_epochs: "warm_up"})
    if not hosts.first:
        return skipped_steps, None, [annealing, checkpoints]
    samples = training.sample_restored(lines, recognizer)
    wandb_logger = run.wandb_logger(samples=samples, every=5)
    others = [
        callbacks.ValidationScores(
            training.score_restored(validation, recognizer, lines)
        ),
        annealing,
        callbacks.HistoryFile(history),
        *patient(settings, history),
        callbacks.TrainingCurves(history, folder / "curves.png"),
        callbacks.RestoredSamples(folder / "samples", samples),
        checkpoints,
        wandb_logger,
        callbacks.BriefProgress(SHOWN),
    ]
    if settings.steps_per_execution == 1:
        others.append(callbacks.FirstSteps(batches.widths))
    return skipped_steps, wandb_logger, others


def patient(settings, history):
    """The callback that stops early, where that is asked for: list."""
    ramp = settings.warmup_epochs + settings.annealing_epochs
    some = settings.patience
    return [callbacks.Patience(history, some, ramp)] if some else []


if __name__ == "__main__":
    prepare_terminal()
    train()
