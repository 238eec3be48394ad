import math

import numpy as np
import pytest

from keras_htr_gan.errors import UserError
from keras_htr_gan.presets import shipped_presets
from keras_htr_gan.reading.confidence import ReadCharacter, Reading
from keras_htr_gan.reading.promise import (
    Promise,
    Trial,
    choose_version,
    identify_preset,
    load_promise,
)


def reading(*confidences):
    return Reading(tuple(ReadCharacter("a", c, 0, 1) for c in confidences))


def test_the_surest_of_what_is_restored_is_looked_at():
    found, part, full = reading(0.5, 0.7), reading(0.9, 0.7), reading(0.7, 0.8)
    version, surer = choose_version([found, part, full])
    assert version == 1 and surer == pytest.approx(0.2 / 0.4)
    version, surer = choose_version([part, found, full])
    assert version == 2 and surer < 0


def test_what_reads_less_is_not_the_surer_for_it():
    """The mean of one clear letter is high."""
    version, surer = choose_version(
        [reading(0.8, 0.8, 0.8, 0.8), reading(0.99), reading(0.9)]
    )
    assert version == 1 and surer < 0


def test_nothing_is_read_at_all():
    assert choose_version([reading()] * 3) == (1, 0.0)


@pytest.mark.parametrize("share", [0.004, 0.01, 0.05, 0.2, 1.0])
@pytest.mark.parametrize("lines", [1, 19, 99, 500])
def test_no_lower_threshold_keeps_the_promise(share, lines, rng):
    surer = rng.normal(0.02, 0.1, lines)
    worse = rng.random(lines) < 0.3
    some = tuple(sorted(surer[worse & (surer > 0)], reverse=True))
    threshold = Trial("", lines, some).threshold(share)

    def kept(candidate):
        harmed = np.sum(worse & (surer > candidate))
        return (harmed + 1) / (lines + 1) <= share + 1e-9

    if math.isinf(threshold):
        assert not kept(surer.max())
        return
    assert kept(threshold)
    lower = [x for x in (0.0, *some) if x < threshold]
    assert not any(map(kept, lower))


def test_it_is_kept_on_new_lines_of_the_same_kind(rng):
    """In the mean of many trials, as the theorem says."""
    share, harmed = 0.1, []
    for _ in range(400):
        surer = rng.normal(0.03, 0.1, 160)
        worse = rng.random(160) < np.exp(-8 * np.abs(surer)) / 2
        tried, new = slice(0, 60), slice(60, None)
        some = surer[tried][worse[tried] & (surer[tried] > 0)]
        trial = Trial("", 60, tuple(sorted(some, reverse=True)))
        taken = surer[new] > trial.threshold(share)
        harmed.append(np.mean(taken & worse[new]))
    assert share / 2 < np.mean(harmed) <= share


def test_it_is_kept_on_each_kind():
    promise = Promise("", (Trial("a", 99, (0.5,)), Trial("b", 199, (0.7, 0.1))))
    assert promise.threshold(0.01) == 0.5
    assert promise.threshold(0.005) == math.inf
    assert promise.threshold(0.02) == 0.0


def test_a_file_is_read_again_and_held_to_its_weights(preset, tmp_path):
    path = tmp_path / "mine.json"
    mine = Promise(identify_preset(preset), (Trial("lines", 50, (0.25,)),))
    mine.save(path)
    assert load_promise(preset, path) == mine
    with pytest.raises(UserError, match="other weights than those of latin_ti"):
        load_promise("latin_tiny", path)
    with pytest.raises(UserError, match="promise is not known: python -m"):
        load_promise(preset)


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"format": 9}', '{"format": 1, "model": "", "trials": []}'],
)
def test_another_file_is_refused(preset, tmp_path, content):
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(UserError, match="mine.json: not what calibrate wrote"):
        load_promise(preset, path)


@pytest.mark.parametrize("name", ["latin_small", "latin_tiny"])
def test_what_is_shipped_is_of_the_shipped_weights(name):
    assert name in shipped_presets()
    promise = load_promise(name)
    assert {trial.lines >= 99 for trial in promise.trials} == {True}
    thresholds = [promise.threshold(x) for x in (0.01, 0.05, 0.2)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert 0 <= thresholds[-1] < thresholds[0] < 1
