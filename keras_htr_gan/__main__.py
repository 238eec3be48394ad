"""The commands beside training: python -m keras_htr_gan --help"""

import click

from keras_htr_gan.commands.evaluate import evaluate
from keras_htr_gan.commands.experiment import experiment
from keras_htr_gan.commands.export import export
from keras_htr_gan.commands.inspect import inspect
from keras_htr_gan.commands.pretrain import pretrain
from keras_htr_gan.commands.read import read
from keras_htr_gan.commands.restore import restore


@click.group()
def main():
    """Restores degraded handwriting; train with: python train.py"""


main.add_command(evaluate)
main.add_command(experiment)
main.add_command(export)
main.add_command(inspect)
main.add_command(pretrain)
main.add_command(read)
main.add_command(restore)


if __name__ == "__main__":
    main(prog_name="python -m keras_htr_gan")
