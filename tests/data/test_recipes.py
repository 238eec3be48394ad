import json
from pathlib import Path

import numpy as np
import pytest

from keras_htr_gan.data.degradation import DEGRADATIONS, NEED_OTHER
from keras_htr_gan.data.recipes import (
    PROBABILITIES,
    RECIPES,
    Recipe,
    Step,
    degrade,
    load_recipe,
)
from keras_htr_gan.errors import UserError
from tests.data.drawn import damage, generator

# In no recipe that is built in.
APART = {"pencil", "leaders", "other_side", "page_edge"}


def certain(*names, severity=(1.0, 1.0)):
    return Recipe(severity, tuple(Step(name, 1.0) for name in names))


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_degrade_is_seeded_and_varied(recipe, clean, other):
    before = clean.copy()
    first = degrade(clean, generator(1), other, recipe)
    assert first.dtype == np.float32 and first.shape == clean.shape
    assert 0 <= first.min() and first.max() <= 1
    again = degrade(clean, generator(1), other, recipe)
    np.testing.assert_allclose(first, again, atol=1e-5)
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


def test_built_in_recipes_have_their_steps_in_order():
    assert list(PROBABILITIES) == [n for n in DEGRADATIONS if n not in APART]
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


@pytest.mark.parametrize("name", ["preset", "historic"])
def test_recipes_of_the_docs_are_loaded_as_written(name):
    path = Path(__file__).parents[2] / "docs" / f"{name}_recipe.json"
    recipe = load_recipe(path)
    assert recipe.as_dict() == json.loads(path.read_text("utf-8"))
    steps = {step.name for step in recipe.steps}
    assert steps & APART == (APART if name == "historic" else set())


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


def test_half_of_the_lines_lie_on_real_paper(clean, other):
    recipe = certain("paper_fibre", "yellowing", "stains")
    paper = (np.full((320, 320), 0.8, "float32"),)
    on_it = 0
    for seed in range(40):
        aged = degrade(clean, generator(seed), other, recipe, paper=paper)
        assert aged.dtype == np.float32 and aged.shape == clean.shape
        light = aged[clean == 1.0]
        if np.ptp(light) < 1e-6:
            on_it += 1
            assert 0.6 <= light[0] <= 1.0
            np.testing.assert_allclose(aged, clean * light[0], atol=1e-6)
    assert 10 < on_it < 30


def test_ink_comes_before_paper_and_light_after_it(clean, other):
    paper = (np.full((320, 320), 0.8, "float32"),)
    recipe = certain("faded_ink", "bleed_through", "uneven_light", "jpeg")
    for seed in range(10):
        with_paper = degrade(clean, generator(seed), other, recipe, paper=paper)
        assert with_paper.min() > 0.1 and np.ptp(with_paper) > 0.1
    np.testing.assert_array_equal(
        degrade(clean, generator(), other, recipe, paper=()),
        degrade(clean, generator(), other, recipe),
    )
