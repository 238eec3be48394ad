import keras
import numpy as np
import pytest

pytest.importorskip("onnx")

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.runtimes.onnx_graph import translate

PAGE = ("batch", "height", "width", 1)


def restoring(network, masked=False):
    return translate(network, "height", "restored", PAGE, masked, True)


def run(model, images):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"images": images})[0]


def kinds(proto):
    return [node.op_type for node in proto.graph.node]


@pytest.mark.parametrize(
    "size", [pytest.param("tiny", marks=pytest.mark.backend), "small", "base"]
)
def test_each_size_is_what_keras_calculates(size, rng):
    network = build_generator(size)
    for variable in network.weights:
        value = keras.ops.convert_to_numpy(variable)
        variable.assign(value + rng.normal(0, 0.05, value.shape))
    images = rng.random((2, 64, 88, 1)).astype("float32")
    logits = keras.ops.convert_to_numpy(network(images))
    expected = 1 / (1 + np.exp(-logits))
    found = run(restoring(network).SerializeToString(), images)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    padded = images.copy()
    padded[1, :, 56:] = 2.0
    (alone,) = run(restoring(network).SerializeToString(), images[1:, :, :56])
    found = run(restoring(network, masked=True).SerializeToString(), padded)
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


def test_weights_are_taken_from_a_preset(preset, tmp_path):
    stored = preset / "generator.safetensors"
    network = HTRGAN.from_preset(preset).generator
    proto = translate(
        network, "height", "restored", PAGE, False, True, stored=stored
    )
    assert len(proto.SerializeToString()) < 30_000
    for name in ("generator.safetensors", "graph.onnx"):
        (tmp_path / name).write_bytes(stored.read_bytes())
    (tmp_path / "graph.onnx").write_bytes(proto.SerializeToString())
    images = np.random.default_rng(0).random((1, 32, 64, 1)).astype("float32")
    found = run(str(tmp_path / "graph.onnx"), images)
    expected = run(restoring(network).SerializeToString(), images)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_other_layers_are_named():
    image = keras.Input((None, None, 1))
    pooled = keras.layers.ZeroPadding2D(2, name="coarse")(image)
    with pytest.raises(TypeError, match="coarse, a ZeroPadding2D"):
        restoring(keras.Model(image, pooled))
    curved = keras.layers.Conv2D(1, 3, padding="same", activation="selu")(image)
    with pytest.raises(TypeError, match="selu"):
        restoring(keras.Model(image, curved))
