"""A plugin of OCRmyPDF: what Tesseract reads is restored, the page is not.

    ocrmypdf --plugin keras_htr_gan.plugins.ocrmypdf SCAN.pdf READ.pdf

The pages of the result look as they did; the text behind them was read in
restored images. Installed, the plugin is known to OCRmyPDF without being
named, and then restores only where one of its options is given.
"""

import argparse
import contextlib
import dataclasses
import functools
import threading

import pluggy

from keras_htr_gan.backend import hide_native_logs
from keras_htr_gan.cores import count_cores
from keras_htr_gan.errors import UserError

MODEL, PURPOSE = "latin_small", "readers"
# That an image is restored already, where the plugin is there twice.
DONE = "keras_htr_gan"
hook = pluggy.HookimplMarker("ocrmypdf")
at_work = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Settings:
    """What is done to images before they are read.

    Args:
        model: str, see `Restorer.from_preset`.
        purpose: str, see `choose_rendering`.
        workers: int, processes at work at once.
    """

    model: str
    purpose: str
    workers: int


@hook
def add_options(parser):
    """Adds the options of this plugin, unless it has been done.

    Args:
        parser: `argparse.ArgumentParser`.
    """
    group = parser.add_argument_group(
        "keras_htr_gan", "Restoration of the images that are read"
    )
    with contextlib.suppress(argparse.ArgumentError):
        group.add_argument(
            "--htr-model",
            metavar="MODEL",
            help="a preset, a run's folder, a .keras or an .onnx file that "
            f"restores each image before it is read (default: {MODEL})",
        )
        group.add_argument(
            "--htr-for",
            choices=["readers", "eyes"],
            help="readers: grey and colours of the scan, restored in part; "
            f"eyes: black ink on white paper (default: {PURPOSE})",
        )


@hook
def check_options(options):
    """Finds the model, and prepares it for onnxruntime where it can.

    Args:
        options: `ocrmypdf.OcrOptions`.

    Raises:
        ocrmypdf.exceptions.BadArgsError: if there is no such model.
    """
    check_settings(find_settings(options))


@hook(wrapper=True)
def filter_ocr_image(page, image):
    """Restores what other plugins have made of an image.

    Args:
        page: `ocrmypdf.PageContext`.
        image: `PIL.Image.Image`.

    Returns:
        `PIL.Image.Image` of the same size and resolution.

    Raises:
        ocrmypdf.exceptions.BadArgsError: if the model cannot be loaded.
    """
    filtered = yield
    return restore_for_ocr(filtered or image, find_settings(page.options))


class OnDemand:
    """The plugin as OCRmyPDF finds it installed, with the same hooks.

    It is there in each call of OCRmyPDF, so it does something only if one of
    its options is given.
    """

    add_options = staticmethod(add_options)

    @hook
    def check_options(self, options):
        check_settings(find_settings(options, on_demand=True))

    @hook(wrapper=True)
    def filter_ocr_image(self, page, image):
        filtered = yield
        settings = find_settings(page.options, on_demand=True)
        return restore_for_ocr(filtered or image, settings)


on_demand = OnDemand()


def find_settings(options, on_demand=False):
    """What the options say, or by themselves.

    Args:
        options: `ocrmypdf.OcrOptions`.
        on_demand: bool, whether nothing is done unless an option is given.

    Returns:
        `Settings`; `None` if nothing is to be done.
    """
    # Called from Python, OCRmyPDF knows no options that were not given.
    model = getattr(options, "htr_model", None)
    purpose = getattr(options, "htr_for", None)
    if on_demand and not (model or purpose):
        return None
    cores = count_cores()
    jobs = getattr(options, "jobs", None) or cores
    workers = 1 if getattr(options, "use_threads", False) else min(jobs, cores)
    return Settings(model or MODEL, purpose or PURPOSE, workers)


def check_settings(settings):
    """See `check_options`; Keras is not imported, as workers are forked."""
    from keras_htr_gan.restoration.rendering import choose_rendering
    from keras_htr_gan.runtimes.loading import find_exported_file

    if settings is not None:
        with told_by_ocrmypdf():
            choose_rendering(settings.purpose)
            find_exported_file(settings.model, "generator", "auto")


def restore_for_ocr(image, settings):
    """Restores the image of a page, see `filter_ocr_image`."""
    from keras_htr_gan.restoration.opened_images import restore_opened_image

    if settings is None or DONE in image.info:
        return image
    # Where workers are threads they share the model, and it uses all cores.
    with at_work, told_by_ocrmypdf():
        restorer = load_restorer(settings.model, settings.workers)
        result = restore_opened_image(restorer, image, settings.purpose)
    result.info[DONE] = True
    return result


@functools.cache
def load_restorer(model, workers):
    """The `Restorer` of a model, loaded once in each of the workers.

    Args:
        model: str, see `Restorer.from_preset`.
        workers: int, how many there are, which share the cores.
    """
    from keras_htr_gan.restoration.restorer import Restorer
    from keras_htr_gan.runtimes.loading import find_exported_file
    from keras_htr_gan.runtimes.onnx_models import OnnxGenerator

    hide_native_logs()
    if exported := find_exported_file(model, "generator", "auto"):
        threads = max(1, count_cores() // workers)
        return Restorer(OnnxGenerator(exported, threads))
    return Restorer.from_preset(model)


@contextlib.contextmanager
def told_by_ocrmypdf():
    """Within a `with` block, a mistake ends OCRmyPDF with a line."""
    from ocrmypdf.exceptions import BadArgsError

    try:
        yield
    except UserError as error:
        message = str(error).replace("`purpose`", "--htr-for")
        raise BadArgsError(f"--htr-model: {message}") from error
