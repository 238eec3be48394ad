"""The commands beside training: python -m keras_htr_gan --help"""

import click

from keras_htr_gan.commands.inspect import inspect


@click.group()
def main():
    """Restores degraded handwriting; train with: python train.py"""


main.add_command(inspect)


if __name__ == "__main__":
    main(prog_name="python -m keras_htr_gan")
