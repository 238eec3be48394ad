"""With what a network of half the resolution would say."""

import cv2
import numpy as np
import pytest

from keras_htr_gan.evaluation.metrics.binary import score_ink
from keras_htr_gan.restoration.refining import refine

HEIGHT = 64


def draw_ink(width, shape=(400, 1200)):
    """Waves of strokes, `width` pixels wide: float32, 1 = ink."""
    finer = 4
    ink = np.zeros((finer * shape[0], finer * shape[1]), "uint8")
    x = np.linspace(40, shape[1] - 40, 400)
    for i in range(6):
        y = 50 + 60 * i + 12 * np.sin(x / (20 + 4 * i))
        points = np.int32(finer * np.stack([x, y], 1))
        cv2.polylines(ink, [points], False, 255, int(finer * width))
    return cv2.resize(ink, shape[::-1], interpolation=cv2.INTER_AREA) / 255


def scan(ink, darkness, rng):
    light = np.linspace(0.9, 0.5, ink.shape[1])
    image = light * (1 - darkness * cv2.GaussianBlur(ink, (0, 0), 0.7))
    return np.float32(image + rng.normal(0, 0.01, ink.shape))


def see(ink, scale):
    """What a network says that sees the ink blurred: float32, 0 = ink."""
    size = [round(scale * n) for n in ink.shape[::-1]]
    seen = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    seen = cv2.GaussianBlur(seen, (0, 0), 1)
    return np.float32(1 - np.clip(4 * seen / seen.max(), 0, 1))


@pytest.mark.parametrize("darkness", [0.35, 0.8])
@pytest.mark.parametrize("scale, least", [(0.3, 85), (0.6, 93), (1.6, 97)])
def test_ink_has_the_edges_of_the_scan(scale, least, darkness, rng):
    ink = draw_ink(4)
    image, restored = scan(ink, darkness, rng), see(ink, scale)
    refined = refine(image, restored, HEIGHT)
    assert refined.shape == image.shape and refined.dtype == "float32"
    truth = np.float32(ink < 0.5)
    coarse = cv2.resize(restored, ink.shape[::-1])
    found, before = (
        score_ink([truth], [image])["F-measure"] for image in (refined, coarse)
    )
    assert found > least and found > before + 10


def test_there_is_ink_only_where_the_network_and_the_scan_have_it(rng):
    ink = draw_ink(4)
    image = scan(ink, 0.8, rng)
    restored = see(ink, 0.5)
    restored[:, :300] = 1.0
    refined = refine(image, restored, HEIGHT)
    assert refined[:, :560].min() == 1.0
    fat = cv2.erode(see(ink, 0.5), np.ones((7, 7), "uint8"))
    truth = np.float32(ink < 0.5)
    assert score_ink([truth], [refine(image, fat, HEIGHT)])["F-measure"] > 75
    coarse = cv2.resize(fat, ink.shape[::-1])
    assert score_ink([truth], [coarse])["F-measure"] < 50


def test_nothing_comes_of_nothing(rng):
    paper = np.float32(0.8 + rng.normal(0, 0.02, (200, 300)))
    assert refine(paper, np.ones((64, 96), "float32"), HEIGHT).min() == 1.0


def test_a_stain_is_no_ink_where_the_network_says_so(rng):
    ink = draw_ink(4)
    image, restored = scan(ink, 0.35, rng), see(ink, 0.5)
    rows, columns = np.indices(ink.shape)
    away = (rows - 110) ** 2 + (columns - 600) ** 2
    stain = 1 - 0.5 * np.exp(-away / 400)
    image *= np.float32(stain)
    refined = refine(image, restored, HEIGHT)
    coarse = cv2.resize(restored, ink.shape[::-1])
    part = np.s_[80:140, 570:630]
    assert np.abs(refined[part] - coarse[part]).mean() < 0.01
    far = np.s_[:, 900:]
    truth = np.float32(ink < 0.5)
    assert score_ink([truth[far]], [refined[far]])["F-measure"] > 88
