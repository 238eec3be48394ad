"""All commands: python -m keras_htr_gan --help"""

import importlib

import click

from keras_htr_gan.commands.terminal import prepare_terminal

COMMANDS = {
    "audit": "See whether a model invents ink.",
    "calibrate": "Find out what a model can promise on your lines.",
    "dashboard": "Save a W&B workspace with the panels of a training.",
    "evaluate": "Restore lines or pages and score them.",
    "experiment": "Compare ways to train.",
    "export": "Write a network as an ONNX file.",
    "inspect": "Look at lines before training on them.",
    "pretrain": "Train a recogniser.",
    "publish": "Upload a preset to Hugging Face.",
    "read": "Read images of lines.",
    "restore": "Restore scans: lines or pages.",
    "train": "Train the GAN, as python train.py does.",
    "verify": "Restore again what was restored, and compare.",
    "view": "Look at scans before and after, in a browser.",
}


class Commands(click.Group):
    """Commands that are imported when they are asked for."""

    def main(self, *arguments, **settings):
        prepare_terminal()
        return super().main(*arguments, **settings)

    def list_commands(self, context):
        return list(COMMANDS)

    def get_command(self, context, name):
        if name not in COMMANDS:
            return None
        place = "" if name == "train" else "commands."
        module = importlib.import_module(f"keras_htr_gan.{place}{name}")
        return getattr(module, name)

    def format_commands(self, context, formatter):
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands)
def main():
    """Restores degraded handwriting so that it can be read again."""


if __name__ == "__main__":
    main(prog_name="python -m keras_htr_gan")
