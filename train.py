"""Trains the GAN: data, networks, model, callbacks, fit, report.

    python train.py

The backend is chosen by KERAS_BACKEND (tensorflow, jax or torch).
"""

import collections
import contextlib
import dataclasses
import functools
import json
import time

import click
import keras
from keras_htr_gan.callbacks.brief_progress import BriefProgress
from keras_htr_gan.callbacks.checkpoints import Checkpoints, Position
from keras_htr_gan.callbacks.first_steps import FirstSteps
from keras_htr_gan.callbacks.history_file import HistoryFile
from keras_htr_gan.callbacks.loss_annealing import SHAPES, LossAnnealingCallback
from keras_htr_gan.callbacks.restored_samples import (
    RestoredSamples,
    sample_sheet,
)
from keras_htr_gan.callbacks.skipped_steps import SkippedSteps
from keras_htr_gan.callbacks.stop_signals import Stopped, StopSignals
from keras_htr_gan.callbacks.training_curves import TrainingCurves
from keras_htr_gan.callbacks.validation_scores import ValidationScores
from keras_htr_gan.callbacks.wandb_logger import WandbLogger

from keras_htr_gan.backend import calculate_deterministically
from keras_htr_gan.commands.options import (
    COUNT,
    COUNT_OR_NONE,
    STOPPED,
    data_options,
    judge_option,
    open_run,
    run_options,
)
from keras_htr_gan.data.pipeline import (
    FixedBatches,
    LineFormat,
    batch_at,
    for_fit,
    keras_input,
    pair_batches,
    stream,
)
from keras_htr_gan.data.recipes import load_recipe
from keras_htr_gan.data.sources import SourceOptions, open_sources
from keras_htr_gan.distribution.devices import share_training
from keras_htr_gan.distribution.hosts import HostLost, Hosts, save_alone
from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.scoring import Evaluation
from keras_htr_gan.htr_gan import HTRGAN, READING_GRADIENT_BOUND
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.precision import calculating_in
from keras_htr_gan.optimizer import generator_discriminator_optimizer
from keras_htr_gan.sizes import RESTORING, SIZES
from keras_htr_gan.training.model_card import gan_card
from keras_htr_gan.training.recognizer_choice import (
    chosen_judge,
    fitting_recognizer,
    given_recognizer,
    loaded_gan,
)
from keras_htr_gan.training.run_folder import (
    claimed,
    disk_errors_told,
    enough_room,
    fit_from,
    open_checkpoint,
    save_settings,
)

MAY_CHANGE = ("epochs", "checkpoint_minutes", "wandb_mode", "devices")
SHOWN = {
    "generator_loss": "G",
    "discriminator_loss": "D",
    "pixel_loss": "pixel",
    "CTC_loss": "CTC",
    "ctc_weight": "weight",
    "val_CER": "CER",
    "val_PSNR": "PSNR",
}
PICTURES = """
![degraded, restored, clean](samples/test.png)

![curves](curves.png)
"""
WEIGHT = click.FloatRange(min=0)


@click.command(context_settings={"show_default": True})
@data_options
@click.option("--epochs", type=COUNT, default=30)
@click.option(
    "--warmup-epochs",
    type=COUNT_OR_NONE,
    default=10,
    help="Epochs without the reading loss.",
)
@click.option(
    "--annealing-epochs",
    type=COUNT_OR_NONE,
    default=10,
    help="Epochs in which its weight rises to the target.",
)
@click.option("--annealing-shape", type=click.Choice(SHAPES), default="linear")
@click.option(
    "--ctc-weight",
    type=WEIGHT,
    default=10.0,
    help="Target weight of the reading (CTC) loss.",
)
@click.option("--pixel-loss-weight", type=WEIGHT, default=10.0)
@click.option("--adversarial-loss-weight", type=WEIGHT, default=0.2)
@click.option(
    "--reading-gradient-bound",
    type=float,
    default=READING_GRADIENT_BOUND,
    help="A line's reading gradient is at most this many times its "
    "pixel gradient; negative for no bound.",
)
@click.option(
    "--size",
    type=click.Choice(RESTORING),
    default=None,
    help="Networks: lines of 32, 64 or 128 pixels.  [default: that of --load, "
    "else tiny]",
)
@click.option(
    "--load",
    metavar="PRESET|RUN|FILE",
    default=None,
    help="Begin with the networks of this model, its recogniser included: "
    "fine-tunes them on your lines.",
)
@click.option(
    "--page-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Share of the lines that are shown as pages have them: between "
    "other lines, cut, or blank. For generators of whole pages.",
)
@click.option(
    "--skip-limit",
    type=COUNT,
    default=20,
    help="Steps in a row whose loss is not finite, and which are skipped, "
    "after which the training stops.",
)
@click.option("--batch-size", type=COUNT, default=16)
@click.option(
    "--steps-per-epoch", type=COUNT, default=64, help="Batches an epoch."
)
@click.option(
    "--validation-steps",
    type=COUNT,
    default=12,
    help="Batches of the validation split, read each epoch.",
)
@click.option(
    "--test-steps",
    type=COUNT,
    default=32,
    help="Batches of the test split, read for the report.",
)
@click.option(
    "--recognizer",
    default="auto",
    metavar="auto|train|PRESET|FILE",
    help="The frozen reader: the shipped one, if it knows all characters, or "
    "else one trained once and cached; one trained anew; a preset's name or "
    "folder; or a .keras file.",
)
@click.option(
    "--recognizer-steps",
    type=COUNT,
    default=1500,
    help="Batches to train a recogniser on.",
)
@judge_option
@click.option(
    "--steps-per-execution",
    type=COUNT,
    default=1,
    help="Batches a call of the compiled step (1 on torch).",
)
@click.option(
    "--jit-compile/--no-jit-compile",
    default=None,
    help="XLA, or torch.compile.  [default: as Keras chooses]",
)
@click.option(
    "--devices",
    type=COUNT,
    default=1,
    help="GPUs that share each batch, on JAX and TensorFlow; of each host.",
)
@click.option(
    "--hosts",
    "addresses",
    metavar="HOST:PORT,...",
    default=None,
    help="Machines that share each batch, on JAX and TensorFlow: start the "
    "same command on each, with its --host. The first scores and writes.",
)
@click.option(
    "--host",
    "number",
    type=COUNT_OR_NONE,
    envvar=["SLURM_PROCID", "JOB_COMPLETION_INDEX"],
    show_envvar=True,
    show_default=False,
    help="Which of --hosts this machine is, from 0.",
)
@run_options
@click.pass_context
def train(context, addresses, number, **settings):
    """Train a GAN that restores degraded handwriting so it can be read."""
    hosts = Hosts()
    try:
        hosts = Hosts.parse(addresses, number)
        if hosts.count > 1 and not (settings["run_dir"] or settings["resume"]):
            raise UserError("--run-dir: name one, the same on all --hosts")
        settings, run_dir, resume = open_run(
            context, settings, MAY_CHANGE, writes=hosts.first
        )
        check_backend(settings, hosts)
        with calculating_in(settings["precision"]):
            started = time.monotonic()
            with share_training(settings["devices"], hosts):
                trained = fit(settings, run_dir, resume, hosts)
            if hosts.first:
                report(settings, run_dir, *trained, started)
    except UserError as error:
        failure = click.ClickException(str(error))
        if hosts.count > 1:
            failure.show()
            hosts.leave(failure.exit_code)
        raise failure from error
    except (Stopped, HostLost) as error:
        lost = f": another host is gone ({error})" if str(error) else ""
        click.echo(
            f"Stopped{lost}; go on with: python train.py --resume {run_dir}"
        )
        hosts.leave(STOPPED)
        context.exit(STOPPED)


def fit(settings, run_dir, resume, hosts):
    """From the data to the trained model.

    Returns:
        The model, lines of the test split, and the `WandbLogger`, which is
        not finished yet.
    """
    if settings["deterministic"]:
        calculate_deterministically()
    keras.utils.set_random_seed(settings["seed"])

    # The recogniser, if there is one: that of the resumed run, or of the model
    # to begin with, or a given one.
    model, recognizer, position = None, None, Position()
    begun = loaded_gan(settings["load"]) if settings["load"] else None
    settings["size"] = size_of_networks(settings, begun)
    if resume:
        model, position = open_checkpoint(run_dir)
        recognizer = model.recognizer
    elif begun and settings["recognizer"] == "auto":
        recognizer = begun.recognizer
    elif settings["recognizer"] not in ("auto", "train"):
        recognizer = given_recognizer(settings["recognizer"], settings["size"])

    # Data: lines with text, degraded on the fly.
    recipe = load_recipe(settings["degradation"])
    height = SIZES[settings["size"]].height
    sources = open_sources(
        settings["data"],
        SourceOptions(
            language=settings["language"],
            fonts=settings["fonts"],
            seed=settings["seed"],
            height=height,
            split_by=settings["split_by"],
            strict=settings["strict"],
            unknown_characters=settings["unknown_characters"],
            charset=recognizer and recognizer.charset,
        ),
        settings["validation_data"],
    )
    every_source = [sources[s] for s in ("train", "validation", "test")]
    line_format = LineFormat.covering(every_source, height, recipe)
    if hosts.first:
        if not resume:
            save_settings(run_dir, settings)
        enough_room(run_dir)

    # Without a recogniser, one is trained on these lines first.
    if recognizer is None:
        recognizer = fitting_recognizer(
            every_source,
            line_format,
            settings["language"],
            size=settings["size"],
            steps=settings["recognizer_steps"],
            seed=settings["seed"],
            retrain=settings["recognizer"] == "train",
        )
    line_format = dataclasses.replace(line_format, charset=recognizer.charset)

    # Batches, and two fixed sets of lines: to score, and to look at.
    def fixed(split, lines, seed):
        return FixedBatches(
            sources[split],
            line_format,
            lines,
            batch_size,
            seed,
            shared_by=hosts.count * settings["devices"],
            part=hosts.part,
        )

    batch_size, seed = settings["batch_size"], settings["seed"]
    widths = collections.deque()
    windows = pair_batches(
        sources["train"], line_format, batch_size, seed, settings["page_share"]
    )
    validation_batches = fixed(
        "validation", batch_size * settings["validation_steps"], seed=1
    )
    validated = Evaluation(validation_batches.lines, recognizer)
    looked_at = Evaluation(fixed("validation", 8, seed=1).lines, recognizer)

    # Model.
    if model is None:
        bound = settings["reading_gradient_bound"]
        model = HTRGAN(
            begun.generator if begun else build_generator(settings["size"]),
            begun.discriminator
            if begun
            else build_discriminator(settings["size"]),
            recognizer,
            pixel_loss_weight=settings["pixel_loss_weight"],
            adversarial_loss_weight=settings["adversarial_loss_weight"],
            reading_gradient_bound=None if bound < 0 else bound,
        )
        jit_compile = settings["jit_compile"]
        model.compile(
            optimizer=generator_discriminator_optimizer(
                decay_steps=settings["epochs"] * settings["steps_per_epoch"]
            ),
            jit_compile="auto" if jit_compile is None else jit_compile,
            steps_per_execution=settings["steps_per_execution"],
        )
    several = hosts.count * settings["devices"] > 1
    if several and keras.config.backend() == "tensorflow":
        model.jit_compile = False  # XLA knows one device there

    # Callbacks, in the order in which they need each other's figures; those
    # that score and write are the first host's.
    warmup_epochs = settings["warmup_epochs"]
    checkpoints = Checkpoints(
        run_dir / "checkpoints",
        milestones={warmup_epochs: "warm_up"},
        minutes=settings["checkpoint_minutes"],
        start=position,
        writes=hosts.first,
        save=save_alone,
    )
    wandb_logger = WandbLogger(
        settings["wandb_project"],
        config=settings,
        mode=settings["wandb_mode"],
        folder=run_dir,
        samples=looked_at.samples,
        every=5,
        name=run_dir.name,
        id=settings["wandb_id"],
        history=run_dir / "history.csv",
        resume="allow",
    )
    skipped_steps = SkippedSteps(
        run_dir / "skipped.csv" if hosts.first else None,
        functools.partial(batch_at, windows),
        recognizer.charset.decode,
        settings["steps_per_epoch"],
        settings["skip_limit"],
    )
    annealing = LossAnnealingCallback(
        settings["ctc_weight"],
        warmup_epochs,
        settings["annealing_epochs"],
        settings["annealing_shape"],
    )
    callbacks = [skipped_steps, annealing, checkpoints]
    if hosts.first:
        callbacks = [
            skipped_steps,
            ValidationScores(lambda m: validated.score(validated.restore(m))),
            annealing,
            HistoryFile(run_dir / "history.csv"),
            TrainingCurves(run_dir / "history.csv", run_dir / "curves.png"),
            RestoredSamples(run_dir / "samples", looked_at.samples),
            checkpoints,
            wandb_logger,
            BriefProgress(SHOWN),
        ]
    if hosts.first and settings["steps_per_execution"] == 1:
        callbacks.append(FirstSteps(widths))

    # Training.
    def batches_from(step):
        widths.clear()
        batches = map(hosts.part, stream(windows, step))
        return keras_input(for_fit(batches, widths))

    click.echo(
        f"Training on {keras.config.backend()}: {settings['epochs']} epochs "
        f"of {settings['steps_per_epoch']} batches of {batch_size} lines, "
        f"{height} x {' or '.join(map(str, line_format.widths))} pixels; "
        f"see {run_dir}"
    )
    with (
        claimed(run_dir) if hosts.first else contextlib.nullcontext(),
        disk_errors_told(run_dir),
        StopSignals(checkpoints) as stop_signals,
    ):
        fit_from(
            model,
            position,
            settings["epochs"],
            settings["steps_per_epoch"],
            batches_from,
            validation_data=keras_input(validation_batches),
            callbacks=[*callbacks, stop_signals],
            shuffle=False,
            verbose=int(hosts.first),
        )
    if skipped_steps.gave_up:
        raise UserError(
            f"stopped: {settings['skip_limit']} steps in a row had a loss or "
            f"gradients that are not finite. {run_dir / 'skipped.csv'} names "
            f"their lines; no such step changed the weights, which are in "
            f"{run_dir / 'checkpoints'}. Lower the weights of the losses, or "
            "mend the data"
        )
    test_lines = fixed("test", batch_size * settings["test_steps"], seed=2)
    return model, test_lines.lines, wandb_logger


def report(settings, run_dir, model, test_lines, wandb_logger, started):
    """What has come of it, on lines that nothing has seen."""
    trained = model.in_float32()
    trained.generator.save(run_dir / "generator.keras")
    click.echo("Reading the test split")
    judge = chosen_judge(settings["judge"], trained.recognizer.charset)
    tested = Evaluation(test_lines, trained.recognizer, judge)
    scores = {
        "degraded": tested.score(tested.degraded),
        "restored": tested.score(tested.restore(trained)),
        "clean": tested.score_reading(tested.clean),
    }
    warm_up = run_dir / "checkpoints" / "warm_up.keras"
    if warm_up.exists():
        warm_model = keras.saving.load_model(warm_up, compile=False)
        scores["warm_up"] = tested.score(tested.restore(warm_model))
    shown = Evaluation(test_lines[:10], trained.recognizer)
    sample_sheet(shown.samples(trained)).save(run_dir / "samples" / "test.png")
    minutes = (time.monotonic() - started) / 60
    card = gan_card(settings, scores, len(tested.texts), minutes)
    (run_dir / "report.md").write_text(card + PICTURES, encoding="utf-8")
    (run_dir / "report.json").write_text(json.dumps(scores, indent=2))
    trained.save_to_preset(run_dir / "preset", card)
    wandb_logger.finish(
        {f"test_{k}/{name}": v for k in scores for name, v in scores[k].items()}
    )
    click.echo(card)
    click.echo(f"Written to {run_dir / 'report.md'}")


def size_of_networks(settings, begun):
    """The size that is given, or that of the model to begin with, or tiny."""
    given = settings["size"]
    if begun is None:
        return given or "tiny"
    if given not in (None, begun.recognizer.size):
        raise UserError(
            f"--load: {settings['load']} is of size {begun.recognizer.size}; "
            f"leave --size {given} out"
        )
    return begun.recognizer.size


def check_backend(settings, hosts):
    """Refuses what Keras cannot do on this backend, or on many devices."""
    devices = settings["devices"] * hosts.count
    if settings["batch_size"] % devices:
        raise UserError(
            f"--devices: {devices} in all cannot share batches of "
            f"{settings['batch_size']} lines evenly; choose another "
            "--batch-size"
        )
    torch = keras.config.backend() == "torch"
    if torch and settings["steps_per_execution"] > 1:
        raise UserError(
            "--steps-per-execution: Keras runs one step an execution on "
            "torch; leave it at 1"
        )


if __name__ == "__main__":
    train()
