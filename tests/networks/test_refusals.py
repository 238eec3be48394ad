import keras
import pytest
from keras import layers

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.networks.refusals import refuse_other_logits
from tests import small


def network(*stack, name=None):
    stack = stack or (layers.Conv2D(1, 3, padding="same"),)
    return keras.Sequential([keras.Input((None, None, 1)), *stack], name=name)


class Unbuilt(keras.Model):
    def __init__(self):
        super().__init__(name="of_mine")
        self.convolution = layers.Conv2D(1, 3)


WRONG = {
    "no model": (lambda: "latin_tiny", "latin_tiny.*not a Keras model"),
    "no weights": (Unbuilt, "of_mine.*no weights yet"),
    "batch statistics": (
        lambda: network(layers.BatchNormalization(), name="of_mine"),
        "of_mine.*moving_mean.*LayerNormalization",
    ),
    "dropout": (
        lambda: network(layers.Dropout(0.5), name="of_mine"),
        "of_mine.*no dropout",
    ),
    "probabilities": (
        lambda: network(
            layers.Conv2D(1, 3, activation="sigmoid", name="last"),
            name="of_mine",
        ),
        r"of_mine.*sigmoid \(last\)",
    ),
    "activation": (
        lambda: network(layers.Activation("tanh"), name="of_mine"),
        "of_mine.*ends in a tanh",
    ),
}


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer(small.CHARACTERS)


@pytest.mark.parametrize("argument", ["generator", "discriminator"])
@pytest.mark.parametrize("wrong", WRONG)
def test_names_the_argument_and_the_network(wrong, argument, recognizer):
    build, message = WRONG[wrong]
    networks = {"generator": network(), "discriminator": network()}
    networks[argument] = build()
    with pytest.raises(ValueError, match=f"`{argument}` .*{message}"):
        HTRGAN(**networks, recognizer=recognizer)


def test_refuses_layers_that_two_networks_share(recognizer):
    shared = layers.Conv2D(1, 3, padding="same", name="shared")
    with pytest.raises(
        ValueError, match="`generator` and `discriminator` share .*shared/ker"
    ):
        HTRGAN(network(shared), network(shared), recognizer)


def test_refuses_another_reader():
    with pytest.raises(ValueError, match="`recognizer` .*mine.*Recognizer"):
        HTRGAN(network(), network(), network(name="mine"))


@pytest.mark.parametrize(
    "argument, fits, wrong",
    [
        ("generator", [(2, 32, 64, 1)], [(2, 32, 64, 3), (2, 16, 32, 1)]),
        ("discriminator", [(2, 2, 4, 1)], [(2, 1), (2, 2, 4, 2)]),
    ],
)
def test_refuses_outputs_that_are_no_such_logits(argument, fits, wrong):
    images = keras.KerasTensor((2, 32, 64, 1))
    mine = network(name="mine")
    for shape in fits:
        refuse_other_logits(argument, mine, keras.KerasTensor(shape), images)
    for shape in wrong:
        with pytest.raises(ValueError, match=rf"`{argument}` \(mine\): \(2"):
            refuse_other_logits(
                argument, mine, keras.KerasTensor(shape), images
            )


@pytest.mark.parametrize("value", [-1, "much", float("nan"), [1.0]])
def test_refuses_weights_that_are_no_numbers(value, recognizer):
    with pytest.raises(ValueError, match="pixel_loss_weight must be 0 or more"):
        HTRGAN(network(), network(), recognizer, pixel_loss_weight=value)
