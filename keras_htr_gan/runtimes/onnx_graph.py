"""Networks of Keras as graphs of ONNX, layer by layer.

Written by hand for the few kinds of layers that the networks have, as this
knows what an exporter cannot: that a page has no padding, so that all masks
may go. Channels come first throughout, which spares every transposition but
the two at the ends, and each position is normalised by plain operators, which
engines join better than one that wants channels last
(`benchmarks/restoration.py`).
"""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OPSET, IR_VERSION = 18, 9
CHANNELS_FIRST, CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


def translate(
    network, height, output, shape, masked, probabilities=False, half=True
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
        half: bool, whether weights that float16 holds as well, as those of
            presets, are stored so.

    Returns:
        `onnx.ModelProto`, float32, from `images` to `output`.

    Raises:
        TypeError: for a layer of another kind.
    """
    graph = GraphWriter(masked, half)
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
    last = tensors[id(network.output)]
    if probabilities:
        last = graph.add("Sigmoid", last)
    if len(shape) == 4:
        last = graph.add("Transpose", last, perm=CHANNELS_LAST)
    graph.add("Identity", last, output=output)
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
    checker.check_model(model)
    return model


def as_list(tensors):
    return tensors if isinstance(tensors, list) else [tensors]


class GraphWriter:
    """The nodes and constants of a graph.

    Args:
        masked, half: bool, see `translate`.
    """

    def __init__(self, masked, half):
        self.masked, self.half = masked, half
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
        half = values.astype("float16")
        if self.half and dtype == "float32" and np.array_equal(half, values):
            self.constants.append(numpy_helper.from_array(half, name))
            return self.add("Cast", name, to=TensorProto.FLOAT)
        self.constants.append(numpy_helper.from_array(values, name))
        return name

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


def add_convolution(graph, layer, x):
    kernel, bias = layer.get_weights()
    rows, columns = kernel.shape[:2]
    pads = [0] * 4
    if layer.padding == "same":
        if set(layer.strides) != {1}:
            raise TypeError(f"no ONNX is known for {layer.name} with strides")
        pads = [rows // 2, columns // 2, (rows - 1) // 2, (columns - 1) // 2]
    x = graph.add(
        "Conv",
        x,
        graph.constant(kernel.transpose(3, 2, 0, 1)),
        graph.constant(bias),
        kernel_shape=[rows, columns],
        strides=layer.strides,
        pads=pads,
    )
    return graph.activate(layer, x)


def add_from_patches(graph, layer, x):
    kernel, bias = layer.get_weights()
    x = graph.add(
        "ConvTranspose",
        x,
        graph.constant(kernel.transpose(3, 2, 0, 1)),
        graph.constant(bias),
        kernel_shape=kernel.shape[:2],
        strides=layer.strides,
    )
    return graph.activate(layer, x)


def add_normalization(graph, layer, x):
    gamma, beta = (
        graph.constant(w.reshape(1, -1, 1, 1)) for w in layer.get_weights()
    )
    channels = graph.constant([1], "int64")
    mean = graph.add("ReduceMean", x, channels)
    x = graph.add("Sub", x, mean)
    variance = graph.add("ReduceMean", graph.add("Mul", x, x), channels)
    variance = graph.add("Add", variance, graph.constant(layer.epsilon))
    x = graph.add("Div", x, graph.add("Sqrt", variance))
    return graph.add("Add", graph.add("Mul", x, gamma), beta)


def add_pooling(graph, layer, x):
    if not graph.masked:
        return x  # Masks alone are pooled.
    return graph.add(
        "MaxPool", x, kernel_shape=layer.pool_size, strides=layer.strides
    )


def add_masking(graph, layer, x, mask):
    return graph.add("Mul", x, mask) if graph.masked else x


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
    "Patches": add_convolution,
    "FromPatches": add_from_patches,
    "LayerNormalization": add_normalization,
    "Add": lambda graph, layer, *sources: graph.add("Add", *sources),
    "Concatenate": lambda graph, layer, *xs: graph.add("Concat", *xs, axis=1),
    "Reshape": add_frames,
}
