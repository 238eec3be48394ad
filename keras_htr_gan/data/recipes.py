"""Recipes: which degradations a line gets, how often and how much."""

import dataclasses
import json
import pathlib

import numpy as np

from keras_htr_gan.data.degradation import DEGRADATIONS, NEED_OTHER
from keras_htr_gan.data.paper import take_sheet
from keras_htr_gan.data.textures import measured_in
from keras_htr_gan.errors import UserError

SEVERITY = (0.4, 1.0)
# What real paper has of its own; and how many of the lines lie on it.
OF_PAPER = ("paper_fibre", "yellowing", "stains")
ON_REAL_PAPER = 0.5


@dataclasses.dataclass(frozen=True)
class Step:
    """A degradation within a recipe.

    Args:
        name: str, a key of `DEGRADATIONS`.
        probability: float, 0 to 1.
        severity: (low, high), or `None` for the severity of the line.
    """

    name: str
    probability: float
    severity: tuple[float, float] | None = None


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How often and how hard each degradation strikes.

    Args:
        severity: (low, high), between which the severity of a line is drawn.
        steps: tuple of `Step`, in the order of `DEGRADATIONS`.
    """

    severity: tuple[float, float]
    steps: tuple[Step, ...]

    def as_dict(self):
        """The recipe as JSON has it, see `load_recipe`."""
        return {
            "severity": list(self.severity),
            "steps": {
                step.name: step.probability
                if step.severity is None
                else {
                    "probability": step.probability,
                    "severity": list(step.severity),
                }
                for step in self.steps
            },
        }


SEVERITIES = {"light": (0.15, 0.5), "medium": SEVERITY, "heavy": (0.65, 1.0)}

PROBABILITIES = {
    # light, medium, heavy
    "faded_ink": (0.9, 1.0, 1.0),
    "uneven_ink": (0.5, 0.7, 0.8),
    "broken_strokes": (0.15, 0.4, 0.7),
    "ink_halo": (0.05, 0.1, 0.2),
    "bite_through": (0.0, 0.05, 0.15),
    "ruled_paper": (0.15, 0.2, 0.25),
    "squared_paper": (0.05, 0.1, 0.15),
    "show_through": (0.2, 0.3, 0.4),
    "bleed_through": (0.1, 0.35, 0.45),
    "paper_fibre": (1.0, 1.0, 1.0),
    "yellowing": (0.8, 0.9, 1.0),
    "foxing": (0.05, 0.15, 0.3),
    "stains": (0.1, 0.4, 0.5),
    "water_lines": (0.05, 0.12, 0.25),
    "creases": (0.05, 0.12, 0.25),
    "fold": (0.03, 0.07, 0.12),
    "stamp": (0.02, 0.05, 0.1),
    "dust": (0.1, 0.2, 0.35),
    "scratches": (0.03, 0.1, 0.2),
    "uneven_light": (0.6, 0.8, 0.9),
    "vignetting": (0.1, 0.2, 0.3),
    "motion_blur": (0.05, 0.1, 0.15),
    "focus_blur": (0.3, 0.45, 0.55),
    "low_resolution": (0.1, 0.15, 0.3),
    "sensor_noise": (0.8, 0.9, 1.0),
    "jpeg": (0.4, 0.5, 0.6),
}

RECIPES = {
    name: Recipe(
        severity,
        tuple(Step(step, p[i]) for step, p in PROBABILITIES.items()),
    )
    for i, (name, severity) in enumerate(SEVERITIES.items())
}


def degrade(
    clean,
    rng,
    other=None,
    recipe=RECIPES["medium"],
    line_height=None,
    paper=(),
):
    """Ages a clean line by a random choice of what is in a recipe.

    Args:
        clean: float32 `(height, width)`, 0 = ink, 1 = paper.
        rng: `numpy.random.Generator`; the same state gives the same image.
        other: another clean line, float32 of any shape, whose ink may come
            through from the back; `None` for nothing that comes through.
        recipe: `Recipe`, see `RECIPES` and `load_recipe`.
        line_height: int, pixels of a line where the image shows more than
            one; `None` for those of the image.
        paper: sequence of float32 images of blank paper, see `take_sheet`, on
            which half of the lines lie, instead of what the recipe makes of
            paper; empty for no such line.

    Returns:
        float32 `(height, width)`, 0 to 1.
    """
    image = np.array(clean, "float32")
    of_line = rng.uniform(*recipe.severity)
    with measured_in(line_height):
        if not paper or rng.random() >= ON_REAL_PAPER:
            return take_steps(recipe.steps, image, rng, of_line, other)
        before, after = split_at_paper(recipe.steps)
        image = take_steps(before, image, rng, of_line, other)
        image *= take_sheet(paper, image.shape, rng)
        return take_steps(after, image, rng, of_line, other)


def take_steps(steps, image, rng, severity, other):
    """An image after some steps, each taken or not by its probability.

    Args:
        steps: sequence of `Step`.
        image: float32 `(height, width)`, 0 = ink, 1 = paper.
        rng, other: see `degrade`.
        severity: float, of the steps that have none of their own.
    """
    for step in steps:
        if rng.random() >= step.probability:
            continue
        own = rng.uniform(*step.severity) if step.severity else severity
        if step.name not in NEED_OTHER:
            image = DEGRADATIONS[step.name](image, rng, own)
        elif other is not None:
            image = DEGRADATIONS[step.name](image, rng, own, other)
    return image


def split_at_paper(steps):
    """Steps that come before paper, and those after, without its own."""
    names = list(DEGRADATIONS)
    on_it = names[: names.index(OF_PAPER[0])]
    before = [step for step in steps if step.name in on_it]
    return before, [s for s in steps if s.name not in (*on_it, *OF_PAPER)]


def load_recipe(name_or_path):
    """A built-in recipe, or one of the user's own.

    Args:
        name_or_path: a key of `RECIPES`, or the path of a JSON file as
            `{"severity": [0.4, 1.0], "steps": {"faded_ink": 1.0, "stains":
            {"probability": 0.3, "severity": [0.2, 0.5]}}}`. A step is given
            by its probability, and by a severity of its own where it has
            one. Without `severity` it is 0.4 to 1. The order of the steps is
            always that of `DEGRADATIONS`.

    Returns:
        `Recipe`.

    Raises:
        UserError: names the file, the key and the mend.
    """
    if name_or_path in RECIPES:
        return RECIPES[name_or_path]
    path = pathlib.Path(name_or_path)
    try:
        recipe = json.loads(path.read_text("utf-8"))
    except OSError:
        raise UserError(
            f"no recipe {str(name_or_path)!r}: choose {', '.join(RECIPES)}, "
            "or give the path of a JSON file that can be read"
        ) from None
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error}); mend it there") from None
    known = ("severity", "steps")
    check_object(path, "the recipe", recipe, known, required="steps")
    severity = parse_severity(
        path, "severity", recipe.get("severity", SEVERITY)
    )
    check_object(path, '"steps"', recipe["steps"], DEGRADATIONS)
    steps = recipe["steps"]
    return Recipe(
        severity,
        tuple(
            parse_step(path, name, steps[name])
            for name in DEGRADATIONS
            if name in steps
        ),
    )


def parse_step(path, name, value):
    key = f"steps.{name}"
    if not isinstance(value, dict):
        return Step(name, parse_fraction(path, key, value))
    known = ("probability", "severity")
    check_object(path, f'"{key}"', value, known, required="probability")
    probability = parse_fraction(
        path, f"{key}.probability", value["probability"]
    )
    if "severity" not in value:
        return Step(name, probability)
    pair = parse_severity(path, f"{key}.severity", value["severity"])
    return Step(name, probability, pair)


def check_object(path, what, value, known, required=None):
    """Refuses what is no JSON object, or has a key that is not known."""
    if not isinstance(value, dict):
        raise UserError(
            f"{path}: {what} is {json.dumps(value)}; make it an object with "
            f"keys of {', '.join(known)}"
        )
    for key in value:
        if key not in known:
            raise UserError(
                f"{path}: {what} has the unknown key {json.dumps(key)}; "
                f"there are {', '.join(known)}"
            )
    if required and required not in value:
        raise UserError(f'{path}: {what} has no "{required}"; add it')


def is_fraction(value):
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value <= 1


def parse_fraction(path, key, value):
    if not is_fraction(value):
        raise UserError(
            f'{path}: "{key}" is {json.dumps(value)}; give a probability '
            "from 0 to 1"
        )
    return float(value)


def parse_severity(path, key, value):
    pair = isinstance(value, list | tuple) and len(value) == 2
    if not (pair and all(map(is_fraction, value)) and value[0] <= value[1]):
        raise UserError(
            f'{path}: "{key}" is {json.dumps(value)}; give [low, high] with '
            "0 <= low <= high <= 1"
        )
    return tuple(map(float, value))
