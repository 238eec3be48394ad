"""The options of `train.py`, in the order in which `--help` shows them."""

import click

from keras_htr_gan.commands.options import (
    COUNT,
    COUNT_OR_NONE,
    SHARE,
    WEIGHT,
    Finite,
    judge_option,
    together,
)
from keras_htr_gan.commands.settings_options import (
    data_options,
    options_of,
    run_options,
)
from keras_htr_gan.networks.refusals import GUIDANCE
from keras_htr_gan.sizes import RESTORING
from keras_htr_gan.training.settings import TrainingSettings

SHAPES = ("linear", "steps", "cosine", "exponential", "constant", "on_off")

option = options_of(TrainingSettings)

schedule_options = together(
    option("epochs", type=COUNT),
    option(
        "patience",
        type=COUNT_OR_NONE,
        help="Stop when so many epochs in a row after the ramp are no better "
        "by val_CER; 0: never.",
    ),
    option(
        "warmup_epochs",
        type=COUNT_OR_NONE,
        help="Epochs without the reading loss.",
    ),
    option(
        "annealing_epochs",
        type=COUNT_OR_NONE,
        help="Epochs in which its weight rises to the target.",
    ),
    option("annealing_shape", type=click.Choice(SHAPES)),
    option(
        "ctc_weight",
        type=WEIGHT,
        help="Target weight of the reading (CTC) loss.",
    ),
    option(
        "guidance",
        type=click.Choice(GUIDANCE),
        help="What that weight weighs: CTC; how far the recogniser's features "
        "of the restored line are from those of the clean one; or their sum.",
    ),
    option("pixel_loss_weight", type=WEIGHT),
    option(
        "faithfulness_loss_weight",
        type=WEIGHT,
        help="Of ink where lines --as-found show paper.",
    ),
    option("adversarial_loss_weight", type=WEIGHT),
    option(
        "reading_gradient_bound",
        type=Finite(),
        help="A line's reading gradient is at most this many times its "
        "pixel gradient; negative for no bound.",
    ),
)

network_options = together(
    option(
        "size",
        type=click.Choice(RESTORING),
        help="Networks: lines of 32, 64 or 128 pixels.  [default: that of "
        "--load, else tiny]",
    ),
    option(
        "contrast",
        is_flag=True,
        help="The generator sees by how much each pixel is darker than what is "
        "around it, too; one of --load that does not yet is widened.",
    ),
    option(
        "load",
        metavar="PRESET|RUN|FILE",
        help="Begin with the networks of this model, its recogniser included: "
        "fine-tunes them on your lines.",
    ),
)

batch_options = together(
    option(
        "as_found",
        multiple=True,
        metavar="DATA:SHARE",
        help="Lines with a text and no clean image, as they were found, as "
        "--data takes them, and which share of the lines they are: the "
        "recogniser and the discriminator guide them, and there is to be no "
        "ink where they show paper.",
    ),
    option(
        "page_share",
        type=SHARE,
        help="Share of the lines that are shown as pages have them: between "
        "other lines, cut, or blank. For generators of whole pages.",
    ),
    option(
        "context_rows",
        type=COUNT_OR_NONE,
        help="Rows above and below each training line that the generator sees "
        "and is not judged on; a multiple of 8.",
    ),
    option(
        "skip_limit",
        type=COUNT,
        help="Steps in a row whose loss is not finite, and which are skipped, "
        "after which the training stops.",
    ),
    option("batch_size", type=COUNT),
    option("steps_per_epoch", type=COUNT, help="Batches an epoch."),
    option(
        "validation_steps",
        type=COUNT,
        help="Batches of the validation split, read each epoch.",
    ),
    option(
        "test_steps",
        type=COUNT,
        help="Batches of the test split, read for the report.",
    ),
)

reader_options = together(
    option(
        "recognizer",
        metavar="auto|train|PRESET|FILE",
        help="The frozen reader: the shipped one, if it knows all characters, "
        "or else one trained once and cached; one trained anew; a preset's "
        "name or folder; or a .keras file.",
    ),
    option(
        "recognizer_steps",
        type=COUNT,
        help="Batches to train a recogniser on.",
    ),
    judge_option,
)

compilation_options = together(
    option(
        "steps_per_execution",
        type=COUNT,
        help="Batches a call of the compiled step (1 on torch).",
    ),
    option(
        "jit_compile",
        "--jit-compile/--no-jit-compile",
        help="XLA, or torch.compile.  [default: as Keras chooses]",
    ),
    option(
        "devices",
        type=COUNT,
        help="GPUs that share each batch, on JAX and TensorFlow; of each host.",
    ),
    click.option(
        "--hosts",
        metavar="HOST:PORT,...",
        default=None,
        help="Machines that share each batch, on JAX and TensorFlow: start the "
        "same command on each, with its --host. The first scores and writes.",
    ),
    click.option(
        "--host",
        type=COUNT_OR_NONE,
        envvar=["SLURM_PROCID", "JOB_COMPLETION_INDEX"],
        show_envvar=True,
        show_default=False,
        help="Which of --hosts this machine is, from 0.",
    ),
)

training_options = together(
    data_options,
    schedule_options,
    network_options,
    batch_options,
    reader_options,
    compilation_options,
    run_options,
)
