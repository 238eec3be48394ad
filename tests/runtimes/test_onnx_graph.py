import keras
import numpy as np
import pytest

pytest.importorskip("onnx")

from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.runtimes.onnx_graph import translate

PAGE = ("batch", "height", "width", 1)


def restoring(network, masked=False):
    return translate(network, "height", "restored", PAGE, masked, True)


def run(proto, images):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"images": images})[0]


def kinds(proto):
    return [node.op_type for node in proto.graph.node]


@pytest.mark.backend
@pytest.mark.parametrize("size", ["tiny", "small", "base"])
def test_each_size_is_what_keras_calculates(size, rng):
    network = build_generator(size)
    for variable in network.weights:
        value = keras.ops.convert_to_numpy(variable)
        variable.assign(value + rng.normal(0, 0.05, value.shape))
    images = rng.random((2, 64, 88, 1)).astype("float32")
    logits = keras.ops.convert_to_numpy(network(images))
    expected = 1 / (1 + np.exp(-logits))
    found = run(restoring(network), images)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    padded = images.copy()
    padded[1, :, 56:] = 2.0
    (alone,) = run(restoring(network), images[1:, :, :56])
    found = run(restoring(network, masked=True), padded)
    np.testing.assert_allclose(found[1, :, :56], alone, atol=1e-4)


def test_what_is_not_masked_knows_no_masks():
    network = build_generator("tiny")
    masked, plain = restoring(network, True), restoring(network)
    assert "MaxPool" in kinds(masked) and "Clip" in kinds(masked)
    assert not {"MaxPool", "Clip"} & set(kinds(plain))
    # None within: channels come first throughout.
    assert kinds(plain).count("Transpose") == 2
    names = {name for node in plain.graph.node for name in node.input}
    assert {c.name for c in plain.graph.initializer} <= names


def test_weights_of_presets_take_half_the_room(rng):
    network = build_generator("tiny")
    for variable in network.weights:
        variable.assign(rng.normal(0, 0.05, variable.shape))
    whole = len(restoring(network).SerializeToString())
    for variable in network.weights:
        value = keras.ops.convert_to_numpy(variable)
        variable.assign(np.float16(value))
    half = restoring(network)
    assert len(half.SerializeToString()) < 0.6 * whole
    images = np.full((1, 32, 32, 1), 0.5, "float32")
    logits = keras.ops.convert_to_numpy(network(images))
    np.testing.assert_allclose(
        run(half, images), 1 / (1 + np.exp(-logits)), atol=1e-6
    )


def test_other_layers_are_named():
    image = keras.Input((None, None, 1))
    pooled = keras.layers.AveragePooling2D(2, name="coarse")(image)
    with pytest.raises(TypeError, match="coarse, a AveragePooling2D"):
        restoring(keras.Model(image, pooled))
    curved = keras.layers.Conv2D(1, 3, padding="same", activation="selu")(image)
    with pytest.raises(TypeError, match="selu"):
        restoring(keras.Model(image, curved))
