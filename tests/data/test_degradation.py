import json

import numpy as np
import pytest

from keras_htr_gan.data.degradation import (
    DEGRADATIONS,
    NEED_OTHER,
    PROBABILITIES,
    RECIPES,
    Recipe,
    Step,
    degrade,
    load_recipe,
)
from keras_htr_gan.data.handwriting import HandwritingSource
from keras_htr_gan.errors import UserError

each = pytest.mark.parametrize("name", DEGRADATIONS)


def drawn(height=64, index=0):
    source = HandwritingSource("en", height=height, max_width=8 * height)
    return source[index]["clean"]


@pytest.fixture(scope="module")
def clean():
    return drawn()


@pytest.fixture(scope="module")
def other():
    return drawn(48, 1)


def generator(seed=0):
    return np.random.default_rng(seed)


def apply(name, image, other, severity=1.0, seed=0):
    back = (other,) if name in NEED_OTHER else ()
    return DEGRADATIONS[name](image, generator(seed), severity, *back)


def damage(image, clean):
    return np.abs(image - clean).mean()


def certain(*names, severity=(1.0, 1.0)):
    return Recipe(severity, tuple(Step(name, 1.0) for name in names))


@each
def test_keeps_shape_type_and_range_and_the_input(name, clean, other):
    before, other_before = clean.copy(), other.copy()
    image = apply(name, clean, other)
    assert image.shape == clean.shape and image.dtype == np.float32
    assert 0 <= image.min() and image.max() <= 1
    assert not np.shares_memory(image, clean)
    np.testing.assert_array_equal(clean, before)
    np.testing.assert_array_equal(other, other_before)


@each
def test_the_seed_decides(name, clean, other):
    image = apply(name, clean, other, seed=3)
    np.testing.assert_array_equal(image, apply(name, clean, other, seed=3))
    others = [apply(name, clean, other, seed=s) for s in range(4, 8)]
    assert all((image != another).any() for another in others)


@each
def test_no_severity_no_damage(name, clean, other):
    image = apply(name, clean, other, severity=0.0)
    assert not np.shares_memory(image, clean)
    np.testing.assert_array_equal(image, clean)


@each
def test_little_severity_does_little(name, clean, other):
    seeds = range(5)
    little = [apply(name, clean, other, 0.03, seed) for seed in seeds]
    assert np.mean([damage(image, clean) for image in little]) < 0.02


@each
def test_severity_orders_the_damage(name, clean, other):
    means = [
        np.mean(
            [
                damage(apply(name, clean, other, severity, seed), clean)
                for seed in range(12)
            ]
        )
        for severity in (0.25, 0.5, 0.75, 1.0)
    ]
    assert means == sorted(set(means))
    assert means[-1] > 1e-3


@each
@pytest.mark.parametrize("shape", [(32, 8), (64, 8), (128, 8), (33, 101)])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_narrow_and_blank_lines(name, shape, level, other):
    blank = np.full(shape, level, "float32")
    for seed in range(5):
        image = apply(name, blank, other, seed=seed)
        assert image.shape == shape and image.dtype == np.float32
        assert np.isfinite(image).all()
        assert 0 <= image.min() and image.max() <= 1


@each
def test_heights_look_alike(name):
    # Not jpeg, whose blocks are of 8 pixels at any height.
    damages = []
    for height in (32, 64, 128):
        lines = [drawn(height, index) for index in range(6)]
        images = [
            apply(name, line, lines[i - 1], seed=i)
            for i, line in enumerate(lines)
        ]
        damages.append(np.mean([*map(damage, images, lines)]))
    ratio = max(damages) / min(damages)
    assert ratio < (4 if name == "jpeg" else 2)


@pytest.mark.parametrize("name", NEED_OTHER)
def test_what_comes_through_is_the_other_line(name, clean, other):
    blank = np.ones((40, 90), "float32")
    untouched = apply(name, clean, blank)
    np.testing.assert_allclose(untouched, clean, atol=1e-6)
    image = apply(name, np.ones_like(clean), other)
    assert image.min() < 0.97


@pytest.mark.parametrize("name", NEED_OTHER)
def test_what_comes_through_is_mirrored_and_off_the_line(name):
    # Darkest where it begins: mirrored, ink rises slowly and ends at once.
    wedge = np.ones((64, 96), "float32")
    wedge[24:40, 20:76] = np.linspace(0.0, 1.0, 56, dtype="float32")
    middles = []
    for seed in range(8):
        ink = 1.0 - apply(name, np.ones((64, 512), "float32"), wedge, seed=seed)
        assert (np.diff(ink.sum(0)) ** 3).sum() < 0
        middles.append(int(ink.sum(1).argmax()))
    assert max(middles) - min(middles) > 24


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_degrade_is_seeded_and_varied(recipe, clean, other):
    before = clean.copy()
    first = degrade(clean, generator(1), other, recipe)
    assert first.dtype == np.float32 and first.shape == clean.shape
    assert 0 <= first.min() and first.max() <= 1
    again = degrade(clean, generator(1), other, recipe)
    np.testing.assert_array_equal(first, again)
    assert damage(first, degrade(clean, generator(2), other, recipe)) > 0.01
    np.testing.assert_array_equal(clean, before)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("shape", [(32, 8), (64, 200)])
def test_recipes_take_a_blank_page_without_another(recipe, shape):
    for seed in range(20):
        image = degrade(
            np.ones(shape, "float32"), generator(seed), None, recipe
        )
        assert image.shape == shape and np.isfinite(image).all()


def test_medium_lies_between_light_and_heavy(clean, other):
    light, medium, heavy = (
        np.mean(
            [
                damage(degrade(clean, generator(s), other, recipe), clean)
                for s in range(60)
            ]
        )
        for recipe in RECIPES.values()
    )
    assert 1.2 * light < medium < heavy / 1.2


def test_medium_is_the_default(clean, other):
    np.testing.assert_array_equal(
        degrade(clean, generator(), other),
        degrade(clean, generator(), other, RECIPES["medium"]),
    )


def test_built_in_recipes_have_every_step_in_order():
    assert list(PROBABILITIES) == list(DEGRADATIONS)
    assert list(RECIPES) == ["light", "medium", "heavy"]


def test_probability_decides_whether(clean, other):
    never = Recipe((1.0, 1.0), tuple(Step(n, 0.0) for n in DEGRADATIONS))
    image = degrade(clean, generator(), other, never)
    np.testing.assert_array_equal(image, clean)
    assert not np.shares_memory(image, clean)
    for name in DEGRADATIONS:
        image = degrade(clean, generator(), other, certain(name))
        assert (image != clean).any(), name


def test_a_step_may_have_a_severity_of_its_own(clean):
    def mean(recipe):
        return np.mean(
            [
                damage(degrade(clean, generator(s), None, recipe), clean)
                for s in range(10)
            ]
        )

    own = Recipe((1.0, 1.0), (Step("yellowing", 1.0, (0.1, 0.2)),))
    assert mean(own) < 0.4 * mean(certain("yellowing"))


@pytest.mark.parametrize("name", NEED_OTHER)
def test_nothing_comes_through_without_another_line(name, clean):
    image = degrade(clean, generator(), None, certain(name))
    np.testing.assert_array_equal(image, clean)


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "mine.json"
        if not isinstance(content, str):
            content = json.dumps(content)
        path.write_text(content)
        return path

    return write


@pytest.mark.parametrize("name", RECIPES)
def test_built_in_recipes_are_loaded_and_written(name, write):
    assert load_recipe(name) is RECIPES[name]
    assert load_recipe(write(RECIPES[name].as_dict())) == RECIPES[name]
    hash(RECIPES[name])


def test_a_recipe_of_ones_own(write):
    steps = {
        "jpeg": {"probability": 0.5, "severity": [0, 0.25]},
        "stains": {"probability": 1},
        "faded_ink": 0.25,
    }
    recipe = load_recipe(str(write({"severity": [0.2, 1], "steps": steps})))
    assert recipe == Recipe(
        (0.2, 1.0),
        (
            Step("faded_ink", 0.25),
            Step("stains", 1.0),
            Step("jpeg", 0.5, (0.0, 0.25)),
        ),
    )
    assert load_recipe(write(recipe.as_dict())) == recipe
    without = load_recipe(write({"steps": {}}))
    assert without == Recipe(RECIPES["medium"].severity, ())


@pytest.mark.parametrize(
    "content, parts",
    [
        ("{", ["not JSON"]),
        ([1], ["[1]", "object", "steps"]),
        ({}, ["steps", "add it"]),
        ({"steps": ["jpeg"]}, ["steps", "object"]),
        ({"steps": {"rust": 1}}, ["steps", "rust", *DEGRADATIONS]),
        ({"steps": {}, "seed": 1}, ["seed", "severity, steps"]),
        ({"steps": {"jpeg": 1.5}}, ["steps.jpeg", "1.5", "0 to 1"]),
        ({"steps": {"jpeg": -0.1}}, ["steps.jpeg", "-0.1", "0 to 1"]),
        ({"steps": {"jpeg": True}}, ["steps.jpeg", "true", "0 to 1"]),
        ({"steps": {"jpeg": "1"}}, ["steps.jpeg", '"1"', "0 to 1"]),
        ('{"steps": {"jpeg": NaN}}', ["steps.jpeg", "NaN", "0 to 1"]),
        ({"steps": {"jpeg": {}}}, ["steps.jpeg", "probability", "add it"]),
        (
            {"steps": {"jpeg": {"probability": 2}}},
            ["steps.jpeg.probability", "0 to 1"],
        ),
        (
            {"steps": {"jpeg": {"probability": 1, "level": 1}}},
            ["steps.jpeg", "level", "probability, severity"],
        ),
        (
            {"steps": {"jpeg": {"probability": 1, "severity": [0.5, 0.1]}}},
            ["steps.jpeg.severity", "[0.5, 0.1]", "low <= high"],
        ),
        ({"steps": {}, "severity": [0, 2]}, ["severity", "[0, 2]", "<= 1"]),
        ({"steps": {}, "severity": [0.5]}, ["severity", "[low, high]"]),
        ({"steps": {}, "severity": 0.5}, ["severity", "[low, high]"]),
    ],
)
def test_errors_name_the_file_the_key_and_the_mend(content, parts, write):
    path = write(content)
    with pytest.raises(UserError) as error:
        load_recipe(path)
    for part in [str(path), *parts]:
        assert part in str(error.value)


@pytest.mark.parametrize("name", ["lihgt", "missing.json", "."])
def test_no_such_recipe(name):
    with pytest.raises(UserError, match="light, medium, heavy.*JSON") as error:
        load_recipe(name)
    assert repr(name) in str(error.value)


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "photo.json"
    path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(UserError, match="photo.json: not JSON"):
        load_recipe(path)
