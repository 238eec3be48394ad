"""Exported networks, run by onnxruntime without Keras.

A file holds one network and, as metadata, what its user must know: see
`Metadata`. `exporting.py` writes such files.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

import numpy as np

from keras_htr_gan.charset import Charset
from keras_htr_gan.cores import count_cores
from keras_htr_gan.errors import UserError
from keras_htr_gan.pixels import PADDING, PAPER

FORMAT = "1"
PREFIX = "keras_htr_gan."
POLARITY = "0 = ink, 1 = paper, 2 = padding to the right of a line"
# Providers of onnxruntime. That of TensorRT is none of these: it builds an
# engine for each shape of an image, which takes minutes.
ON_CPU = "CPUExecutionProvider"
ON_GPUS = (
    *("CUDAExecutionProvider", "MIGraphXExecutionProvider"),
    *("ROCMExecutionProvider", "DmlExecutionProvider"),
    *("CoreMLExecutionProvider", "WebGpuExecutionProvider"),
)
# Both sides of what a generator takes.
MULTIPLE = 8


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What a file says of its network.

    Args:
        network: `"generator"` or `"recognizer"`.
        line_height: int, pixels.
        charset: list of str in the order of their labels, of a recogniser.
        frame_width: int, pixels of a frame, of a recogniser.
        context_rows: int, of a generator, see `HTRGAN`.
    """

    network: str
    line_height: int
    charset: list = dataclasses.field(default_factory=list)
    frame_width: int = 0
    context_rows: int = 0

    def as_strings(self):
        """The metadata as the file has them: dict of str to str."""
        own = dataclasses.asdict(self) | {"polarity": POLARITY}
        values = {name: json.dumps(v) for name, v in own.items() if v}
        return {PREFIX + k: v for k, v in values.items()} | {
            f"{PREFIX}format": FORMAT
        }

    @classmethod
    def from_strings(cls, strings):
        """The inverse; `KeyError` or `ValueError` if they are not such."""
        if strings[f"{PREFIX}format"] != FORMAT:
            raise ValueError(strings[f"{PREFIX}format"])
        return cls(
            **{
                field.name: json.loads(strings[PREFIX + field.name])
                for field in dataclasses.fields(cls)
                if PREFIX + field.name in strings
            }
        )


def choose_gpu(known):
    """The first of `ON_GPUS` that this onnxruntime knows.

    Args:
        known: list of str, its providers.

    Raises:
        UserError: if it knows none.
    """
    for name in ON_GPUS:
        if name in known:
            return name
    raise UserError(
        "`runtime`: the onnxruntime that is installed knows no GPU; install "
        "one that does in its place, such as onnxruntime-gpu, or take another "
        "runtime"
    )


class OnnxModel:
    """A network of a file.

    Args:
        path: path of the `.onnx` file.
        threads: int, or `None` for the cores that this process may use.
        on_gpu: bool, whether a GPU runs it.

    Attributes:
        path: `Path`.

    Raises:
        UserError: if the file is not one that `export` wrote, or holds
            another network; or if there is no GPU that can be used.
    """

    network = None

    def __init__(self, path, threads=None, on_gpu=False):
        # Only now, as it takes a while.
        import onnxruntime

        providers = []
        if on_gpu:
            providers = [choose_gpu(onnxruntime.get_available_providers())]
        self.path = Path(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or count_cores()
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(
                os.fspath(path), options, providers=[*providers, ON_CPU]
            )
        except Exception as error:
            raise UserError(
                f"{path}: cannot be loaded by onnxruntime: {error}"
            ) from error
        used = self.session.get_providers()
        if missing := [name for name in providers if name not in used]:
            raise UserError(
                f"`runtime`: onnxruntime cannot use {missing[0]} here: its "
                "libraries or a GPU are missing; take another runtime"
            )
        strings = self.session.get_modelmeta().custom_metadata_map
        try:
            self.metadata = Metadata.from_strings(strings)
        except (KeyError, TypeError, ValueError):
            raise UserError(
                f"{path}: was not written by this version's export; export "
                "it again: python -m keras_htr_gan export"
            ) from None
        if self.metadata.network != self.network:
            raise UserError(
                f"{path}: holds a {self.metadata.network}, not a "
                f"{self.network}; export that of the model's networks"
            )

    def predict_on_batch(self, images):
        """Runs the network.

        Args:
            images: float32 `(batch, height, width, 1)`, see `POLARITY`.

        Returns:
            float32 array.
        """
        return self.session.run(None, {"images": images})[0]


class OnnxGenerator(OnnxModel):
    """A generator of a file, to be given to `Restorer`.

    Its graph knows no padding, so what is padded at the right goes through it
    without. What comes out there is paper.
    """

    network = "generator"

    def predict_on_batch(self, images):
        padded = (images[:, 0, :, 0] == PADDING).sum(axis=1)
        if not padded.any():
            return super().predict_on_batch(images)
        restored = np.full_like(images, PAPER)
        for i, columns in enumerate(images.shape[2] - padded):
            # Where the last patch is padded in part, paper goes on there.
            wide = -(-columns // MULTIPLE) * MULTIPLE
            line = np.minimum(images[i : i + 1, :, :wide], PAPER)
            restored[i, :, :wide] = super().predict_on_batch(line)[0]
        return restored

    @property
    def line_height(self):
        return self.metadata.line_height

    @property
    def context_rows(self):
        return self.metadata.context_rows


class OpenVinoGenerator(OnnxGenerator):
    """The same run by OpenVINO, which calculates in bfloat16 where the
    processor does.

    Args, Raises: see `OnnxModel`.
    """

    def __init__(self, path, threads=None):
        super().__init__(path, threads)
        # Its telemetry names each machine, and does so on import; without the
        # package that does it OpenVINO goes on.
        sys.modules.setdefault("openvino_telemetry", None)
        import openvino

        core = openvino.Core()
        network = core.compile_model(
            core.read_model(path),
            "CPU",
            {"INFERENCE_NUM_THREADS": threads or count_cores()},
        )
        self.session = OpenVinoSession(network.create_infer_request())


class OpenVinoSession:
    """A request of OpenVINO, to be used as a session of onnxruntime."""

    def __init__(self, request):
        self.request = request

    def run(self, names, inputs):
        (results,) = self.request.infer(inputs).values()
        return [results.copy()]


class OnnxRecognizer(OnnxModel):
    """A recogniser of a file, to be given to `read`; decodes greedily."""

    network = "recognizer"

    @property
    def height(self):
        return self.metadata.line_height

    @property
    def frame_width(self):
        return self.metadata.frame_width

    @property
    def charset(self):
        return Charset(self.metadata.charset)

    def read_batch(self, images, widths, beam_width=1):
        """What stands in a batch of lines, see `Recognizer.read_batch`."""
        if beam_width != 1:
            raise ValueError("an exported recogniser decodes greedily only")
        charset = self.charset
        best = self.predict_on_batch(images).argmax(axis=-1)
        texts = []
        for labels, width in zip(best, widths, strict=True):
            labels = labels[: -(-width // self.metadata.frame_width)]
            kept = np.diff(labels, prepend=-1) != 0
            texts.append(charset.decode(labels[kept].tolist()))
        return texts
