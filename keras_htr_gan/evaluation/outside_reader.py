"""A reader that is a program, such as Tesseract."""

import os
import shlex
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image
from tqdm import tqdm

from keras_htr_gan.cores import count_cores
from keras_htr_gan.errors import UserError

IMAGE = "{image}"
LIMIT_S = 60
MARGIN = 16


class OutsideReader:
    """Reads lines with a command that prints what stands in an image.

    Args:
        command: str, such as `"tesseract {image} stdout -l fra"`;
            `{image}` becomes the path of a PNG file.

    Raises:
        UserError: if the command has no `{image}`, or cannot be parsed.
    """

    def __init__(self, command):
        try:
            self.words = split_command(command)
        except ValueError as error:
            raise UserError(f"`reader`: {command!r}: {error}") from error
        if not any(IMAGE in word for word in self.words):
            raise UserError(
                f"`reader`: {command!r} must hold {IMAGE}, where the path of "
                "the image goes"
            )
        self.name = os.path.basename(self.words[0])

    def read(self, images):
        """What the program prints for each image.

        Args:
            images: list of float32 `(height, width)`, 0 = ink, 1 = paper.

        Returns:
            list of str, in one line each.

        Raises:
            UserError: if the program fails.
        """
        with (
            tempfile.TemporaryDirectory() as folder,
            ThreadPoolExecutor(count_cores()) as pool,
        ):
            paths = [
                os.path.join(folder, f"{i:06d}.png") for i in range(len(images))
            ]
            for path, image in zip(paths, images, strict=True):
                grey = np.uint8(np.round(255 * np.clip(image, 0, 1)))
                grey = np.pad(grey, MARGIN, mode="edge")
                Image.fromarray(grey).save(path, dpi=(300, 300))
            reading = tqdm(
                pool.map(self.read_file, paths),
                self.name,
                len(paths),
                unit=" lines",
                leave=False,
                disable=None,
            )
            return list(reading)

    def read_file(self, path):
        words = [word.replace(IMAGE, path) for word in self.words]
        try:
            done = subprocess.run(
                words,
                capture_output=True,
                timeout=LIMIT_S,
                # One thread each: as many run as there are cores.
                env=os.environ | {"OMP_THREAD_LIMIT": "1"},
            )
        except OSError as error:
            raise UserError(
                f"`reader`: {words[0]}: {error.strerror}; is it installed?"
            ) from error
        except subprocess.TimeoutExpired:
            return ""
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            reason = said.splitlines()[-1:] or [f"status {done.returncode}"]
            raise UserError(f"`reader`: {shlex.join(words)}: {reason[0]}")
        return " ".join(done.stdout.decode("utf-8", "replace").split())


def split_command(command):
    """The words of a command line, as `shlex.split` has them: list of str.

    Raises:
        ValueError: if a quotation does not end.
    """
    lexer = shlex.shlex(command, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    if os.name == "nt":
        lexer.escape = ""  # There a backslash separates folders.
    return list(lexer)
