import keras
import numpy as np
import pytest
from keras import layers
from keras.optimizers import SGD, MultiOptimizer, OptimizerMap

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.optimizer import (
    GeneratorDiscriminatorOptimizer,
    generator_discriminator_optimizer,
)
from tests import small

pytestmark = pytest.mark.backend


def network(patch=1, names=(None, None)):
    """A network of a user's; without names its layers have Keras' own."""
    image = keras.Input((None, None, 1))
    x = layers.Conv2D(2, 3, padding="same", name=names[0])(image)
    return keras.Model(image, layers.Conv2D(1, patch, patch, name=names[1])(x))


def user_model(names=(None, None), of_discriminator=None):
    return HTRGAN(
        network(1, names),
        network(16, of_discriminator or names),
        Recognizer(small.CHARACTERS),
    )


def split_by_name(generator=None, discriminator=None):
    """The optimizer as older versions made it, and wrote it to files."""
    generator = generator or keras.optimizers.Adam(1e-3, name="generator")
    return MultiOptimizer(
        OptimizerMap(
            generator,
            {
                "generator_.*": generator,
                "discriminator_.*": discriminator
                or keras.optimizers.Adam(2e-4, name="discriminator"),
            },
        ),
        name="generator_discriminator",
    )


def assert_each_has_its_own(gan):
    gan.optimizer.build(gan.trainable_variables)
    networks = gan.generator, gan.discriminator
    for own, of in zip(gan.optimizer.optimizers, networks, strict=True):
        assert [v.path for v in own._trainable_variables] == [
            v.path for v in of.trainable_variables
        ]
        for a, b in zip(
            own._trainable_variables, of.trainable_variables, strict=True
        ):
            assert a is b


def step(gan):
    """A step of the optimizer, every gradient being 1."""
    variables, own = gan.trainable_variables, gan.optimizer.variables
    gradients = [
        keras.ops.convert_to_tensor(np.ones(v.shape, "float32"))
        for v in variables
    ]
    if keras.config.backend() == "tensorflow":
        gan.optimizer.apply(gradients, variables)
        return
    values, state = gan.optimizer.stateless_apply(
        [v.value for v in own], gradients, [v.value for v in variables]
    )
    for variable, value in zip(variables + own, values + state, strict=True):
        variable.assign(value)


# Without names, and as two processes name them that make a network each.
@pytest.mark.parametrize("names", [(None, None), ("conv2d", "conv2d_1")])
def test_goes_by_network_whatever_the_names_are(names, tmp_path):
    gan = user_model(names)
    resting = keras.optimizers.Adam(0.0)
    gan.compile(GeneratorDiscriminatorOptimizer(SGD(0.5, 0.5), resting))
    assert_each_has_its_own(gan)
    before = small.state(gan)
    step(gan)
    for i, (old, new) in enumerate(
        zip(before[:8], small.state(gan), strict=False)
    ):
        np.testing.assert_allclose(old - new, 0.5 if i < 4 else 0, atol=1e-6)

    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_each_has_its_own(loaded)
    # The discriminator's moments, which a new optimizer would not have.
    assert all(np.all(a) for a in small.state(loaded)[-4:])
    for either in (gan, loaded):
        step(either)
    for a, b in zip(small.state(gan), small.state(loaded), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_file_of_an_older_version_keeps_all_it_held(tmp_path):
    gan = user_model(
        ("generator_in", "generator_out"),
        ("discriminator_in", "discriminator_out"),
    )
    # As Keras alone would compile it.
    keras.Model.compile(gan, split_by_name())
    gan.optimizer.build(gan.trainable_variables)
    for i, variable in enumerate(gan.optimizer.variables):
        variable.assign(np.full(variable.shape, i, variable.dtype))
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.optimizer, GeneratorDiscriminatorOptimizer)
    assert_each_has_its_own(loaded)
    for a, b in zip(small.state(gan), small.state(loaded), strict=True):
        np.testing.assert_array_equal(a, b)


def test_names_the_variables_that_names_would_mix_up(tmp_path):
    gan = user_model()
    kernel = gan.discriminator.trainable_variables[0].path
    with pytest.raises(ValueError, match=rf"other network's.*{kernel}.* more"):
        gan.compile(split_by_name())
    keras.Model.compile(gan, split_by_name())
    gan.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="compile=False"):
        keras.saving.load_model(tmp_path / "model.keras")
    keras.saving.load_model(tmp_path / "model.keras", compile=False)


def test_names_an_optimizer_that_would_train_nothing():
    gan = user_model()
    rest = OptimizerMap(SGD(name="one"), {"critic/.*": SGD(name="another")})
    kernel = gan.generator.trainable_variables[0].path
    with pytest.raises(ValueError, match=f"another would.*{kernel}"):
        gan.compile(MultiOptimizer(rest))
    biases = OptimizerMap(SGD(), {".*bias": SGD(0.5, name="biases")})
    gan.compile(MultiOptimizer(biases))
    assert len(gan.optimizer.optimizers[0]._trainable_variables) == 4


def test_elsewhere_it_goes_by_name_or_is_told():
    named = [
        keras.Variable(0.0, name=f"{name}_weight")
        for name in ("generator", "discriminator")
    ]
    optimizer = generator_discriminator_optimizer()
    optimizer.build(named)
    assert [o._trainable_variables for o in optimizer.optimizers] == [
        [v] for v in named
    ]
    others = [keras.Variable(0.0, name=name) for name in ("critic", "critic")]
    optimizer = generator_discriminator_optimizer()
    with pytest.raises(ValueError, match="critic, critic; begin their names"):
        optimizer.build(others)
    optimizer.own(others[:1], others[1:])
    with pytest.raises(ValueError, match="generator_weight; keep"):
        optimizer.build(others + named[:1])
    optimizer.build(others)
    assert optimizer.optimizers[1]._trainable_variables[0] is others[1]


def test_its_learning_rate_is_the_generators():
    optimizer = generator_discriminator_optimizer(0.5, 0.25)
    assert float(optimizer.learning_rate) == 0.5
    optimizer.optimizers[0].learning_rate = 0.125
    assert float(optimizer.learning_rate) == 0.125
    with pytest.raises(AttributeError, match="individual"):
        optimizer.learning_rate = 1.0
    falling = generator_discriminator_optimizer(0.5, decay_steps=10)
    assert float(falling.learning_rate) == 0.5
