"""Networks of Keras as graphs of ONNX, layer by layer.

Written by hand for the few kinds of layers that the networks have, as this
knows what an exporter cannot: that a page has no padding, so that all masks
may go. Channels come first throughout, which spares every transposition but
the two at the ends, and each position is normalised by plain operators, which
engines join better than one that wants channels last
(`benchmarks/restoration.py`).
"""

import json
import struct
from pathlib import Path

import keras
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OPSET, IR_VERSION = 18, 9
CHANNELS_FIRST, CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
KERNEL_LAST = (3, 2, 0, 1)


def translate(
    network, height, output, shape, masked, probabilities=False, stored=None
):
    """A network as an ONNX model.

    Args:
        network: `keras.Model` of layers from one image, `(batch, height,
            width, 1)`.
        height: int or str, rows of the images, or the name of that axis.
        output: str, the name of what comes out.
        shape: tuple of int or str, its axes.
        masked: bool, whether images may hold padding. Without it what the
            layers do to padding is left out.
        probabilities: bool, whether the sigmoid of the network's logits comes
            out.
        stored: path of the `.safetensors` file of a preset that holds the
            weights, beside which the graph is to lie and from which it takes
            them; `None` for a graph that holds them itself.

    Returns:
        `onnx.ModelProto`, float32, from `images` to `output`.

    Raises:
        TypeError: for a layer of another kind.
    """
    graph = GraphWriter(masked, stored)
    tensors = {}
    for layer in network.operations:
        kind = type(layer).__name__
        if kind not in LAYERS:
            raise TypeError(f"no ONNX is known for {layer.name}, a {kind}")
        if kind == "InputLayer":
            sources = ["images"]
        else:
            sources = [tensors[id(t)] for t in as_list(layer.input)]
        tensors[id(layer.output)] = LAYERS[kind](graph, layer, *sources)
    result = tensors[id(network.output)]
    if probabilities:
        result = graph.add("Sigmoid", result)
    if len(shape) == 4:
        result = graph.add("Transpose", result, perm=CHANNELS_LAST)
    graph.add("Identity", result, output=output)
    graph.leave_out_unused(output)
    ends = [("images", ("batch", height, "width", 1)), (output, shape)]
    first, last = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, axes)
        for name, axes in ends
    )
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, network.name, [first], [last], graph.constants
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="keras_htr_gan",
    )
    if not stored:
        checker.check_model(model)
    return model


def as_list(tensors):
    return tensors if isinstance(tensors, list) else [tensors]


class GraphWriter:
    """The nodes and constants of a graph.

    Args:
        masked, stored: see `translate`.
    """

    def __init__(self, masked, stored):
        self.masked = masked
        self.stored = stored and StoredWeights(stored)
        self.nodes, self.constants = [], []

    def add(self, kind, *inputs, output=None, **attributes):
        """Adds an operator, and returns the name of what comes out of it."""
        output = output or f"{kind}_{len(self.nodes)}"
        node = helper.make_node(kind, inputs, [output], output, **attributes)
        self.nodes.append(node)
        return output

    def constant(self, values, dtype="float32"):
        """Adds an array, and returns its name."""
        values = np.ascontiguousarray(values, dtype)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def weight(self, variable, axes=None):
        """Adds a variable, its axes in another order, and returns its name."""
        if self.stored:
            self.constants.append(self.stored.find(variable.path))
            name = self.add("Cast", variable.path, to=TensorProto.FLOAT)
            return self.add("Transpose", name, perm=axes) if axes else name
        values = keras.ops.convert_to_numpy(variable)
        return self.constant(values.transpose(axes) if axes else values)

    def leave_out_unused(self, output):
        """Takes out what nothing is made of on the way to the output."""
        used, kept = {output}, []
        for node in reversed(self.nodes):
            if node.output[0] in used:
                used.update(node.input)
                kept.append(node)
        self.nodes = kept[::-1]
        self.constants = [c for c in self.constants if c.name in used]

    def activate(self, layer, x):
        """What comes out of a layer after its own activation."""
        name = layer.activation.__name__
        if name not in ("linear", "relu"):
            raise TypeError(f"no ONNX is known for the {name} of {layer.name}")
        return self.add("Relu", x) if name == "relu" else x


class StoredWeights:
    """The weights of a preset, where they are stored.

    Args:
        path: path of a `.safetensors` file of float16.
    """

    def __init__(self, path):
        self.name = Path(path).name
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            self.tensors = json.loads(file.read(length))
        self.start = 8 + length

    def find(self, name):
        """The weight of a name: `onnx.TensorProto` without the values, which
        says where they are."""
        begin, end = self.tensors[name]["data_offsets"]
        tensor = TensorProto(
            name=name,
            data_type=TensorProto.FLOAT16,
            dims=self.tensors[name]["shape"],
            data_location=TensorProto.EXTERNAL,
        )
        place = {"offset": self.start + begin, "length": end - begin}
        for key, value in ({"location": self.name} | place).items():
            tensor.external_data.add(key=key, value=str(value))
        return tensor


def add_input(graph, layer, images):
    return graph.add("Transpose", images, perm=CHANNELS_FIRST)


def add_rescaling(graph, layer, x):
    x = graph.add("Mul", x, graph.constant(layer.scale))
    return graph.add("Add", x, graph.constant(layer.offset))


def add_relu(graph, layer, x):
    if layer.max_value is None:
        return graph.add("Relu", x)
    ends = graph.constant(0.0), graph.constant(layer.max_value)
    return graph.add("Clip", x, *ends)


def find_pads(layer, rows, columns):
    """Rows and columns that a window needs beyond the image: list of int."""
    if layer.padding != "same":
        return [0] * 4
    if set(layer.strides) != {1}:
        raise TypeError(f"no ONNX is known for {layer.name} with strides")
    return [rows // 2, columns // 2, (rows - 1) // 2, (columns - 1) // 2]


def add_convolution(graph, layer, x):
    x = graph.add(
        "Conv",
        x,
        graph.weight(layer.kernel, KERNEL_LAST),
        graph.weight(layer.bias),
        kernel_shape=layer.kernel_size,
        strides=layer.strides,
        pads=find_pads(layer, *layer.kernel_size),
    )
    return graph.activate(layer, x)


def add_from_patches(graph, layer, x):
    x = graph.add(
        "ConvTranspose",
        x,
        graph.weight(layer.kernel, KERNEL_LAST),
        graph.weight(layer.bias),
        kernel_shape=layer.kernel_size,
        strides=layer.strides,
    )
    return graph.activate(layer, x)


def add_normalization(graph, layer, x):
    channels = graph.constant([1], "int64")
    rest = graph.constant([1, 2], "int64")
    gamma, beta = (
        graph.add("Unsqueeze", graph.weight(variable), rest)
        for variable in (layer.gamma, layer.beta)
    )
    mean = graph.add("ReduceMean", x, channels)
    x = graph.add("Sub", x, mean)
    variance = graph.add("ReduceMean", graph.add("Mul", x, x), channels)
    variance = graph.add("Add", variance, graph.constant(layer.epsilon))
    x = graph.add("Div", x, graph.add("Sqrt", variance))
    return graph.add("Add", graph.add("Mul", x, gamma), beta)


def add_averaging(graph, layer, x):
    return graph.add(
        "AveragePool",
        x,
        kernel_shape=layer.pool_size,
        strides=layer.strides,
        pads=find_pads(layer, *layer.pool_size),
    )


def add_upsampling(graph, layer, x):
    scales = graph.constant([1.0, 1.0, *layer.size])
    return graph.add(
        *("Resize", x, "", scales),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def add_pooling(graph, layer, x):
    if not graph.masked:
        return x  # Masks alone take the maximum.
    return graph.add(
        "MaxPool", x, kernel_shape=layer.pool_size, strides=layer.strides
    )


def add_masking(graph, layer, x, mask):
    return graph.add("Mul", x, mask) if graph.masked else x


def add_division(graph, layer, x, mask):
    """What is divided by the share of a window that is no padding."""
    return graph.add("Div", x, mask) if graph.masked else x


def add_relative(graph, layer, contrast, deviation):
    least = graph.add("Mul", deviation, graph.constant(layer.TIMES))
    least = graph.add("Add", least, graph.constant(layer.LEAST))
    ends = map(graph.constant, layer.ENDS)
    return graph.add("Clip", graph.add("Div", contrast, least), *ends)


def add_frames(graph, layer, x):
    """The one row of a recogniser's last layer, as frames of classes."""
    x = graph.add("Squeeze", x, graph.constant([2], "int64"))
    return graph.add("Transpose", x, perm=(0, 2, 1))


LAYERS = {
    "InputLayer": add_input,
    "Rescaling": add_rescaling,
    "ReLU": add_relu,
    "StopGradient": lambda graph, layer, x: x,
    "Multiply": add_masking,
    "MaxPooling2D": add_pooling,
    "Conv2D": add_convolution,
    "Convolution": add_convolution,
    "Patches": add_convolution,
    "FromPatches": add_from_patches,
    "LayerNormalization": add_normalization,
    "Add": lambda graph, layer, *sources: graph.add("Add", *sources),
    "Divide": add_division,
    "Relative": add_relative,
    "Subtract": lambda graph, layer, *sources: graph.add("Sub", *sources),
    "AveragePooling2D": add_averaging,
    "UpSampling2D": add_upsampling,
    "Concatenate": lambda graph, layer, *xs: graph.add("Concat", *xs, axis=1),
    "Reshape": add_frames,
}
