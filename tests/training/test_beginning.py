from types import SimpleNamespace

from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.contrast import sees_contrast
from keras_htr_gan.networks.discriminator import build_discriminator
from keras_htr_gan.networks.generator import build_generator
from keras_htr_gan.networks.recognizer import Recognizer
from keras_htr_gan.training.beginning import open_beginning
from keras_htr_gan.training.settings import TrainingSettings


def begin(**settings):
    run = SimpleNamespace(settings=TrainingSettings(**settings), resumed=False)
    return open_beginning(run)[0]


def test_what_is_loaded_is_widened_if_it_is_to_see_contrast(tmp_path):
    networks = build_generator(), build_discriminator(), Recognizer("abc")
    HTRGAN(*networks, context_rows=8).save_to_preset(tmp_path / "narrow")
    narrow = begin(load=str(tmp_path / "narrow"))
    wider = begin(load=str(tmp_path / "narrow"), contrast=True)
    assert [sees_contrast(m.generator) for m in (narrow, wider)] == [0, 1]
    assert wider.options() == narrow.options()
    wider.save_to_preset(tmp_path / "wider")
    for contrast in (False, True):
        again = begin(load=str(tmp_path / "wider"), contrast=contrast)
        assert sees_contrast(again.generator)
