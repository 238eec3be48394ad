"""The pages hold: their commands, options, links, paths, names and figures."""

import ast
import configparser
import importlib
import inspect
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import cv2
import numpy as np
import pytest

import keras_htr_gan
from keras_htr_gan.__main__ import COMMANDS, main
from keras_htr_gan.htr_gan import HTRGAN
from keras_htr_gan.networks.recognizer import Recognizer
from tests.data.forms import write_lines

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
CARDS = sorted((ROOT / "keras_htr_gan" / "shipped").glob("*/README.md"))
PAGES = [README, ROOT / "CONTRIBUTING.md", *DOCS, *CARDS]
SHORT = {
    "pretrain": "--epochs 1 --steps-per-epoch 1 --batch-size 2 "
    "--validation-steps 1 --test-lines 2 --wandb disabled",
    "train.py": "--epochs 2 --warmup-epochs 1 --annealing-epochs 1 "
    "--steps-per-epoch 1 --batch-size 2 --validation-steps 1 "
    "--test-steps 1 --wandb disabled",
}
LINK = re.compile(r"\]\(([^)\s]+)\)")
OURS = re.compile(
    r"(?<![\w/.])(?:keras_htr_gan|callbacks|tests|benchmarks|docs)/[\w./]*\w/?"
)
CHECKED_TYPES = (click.Choice, click.types.IntRange, click.types.FloatRange)

every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def blocks(path, language):
    """The fenced blocks of a page: list of str."""
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands(path):
    """The commands of a page's shell blocks: lists of words."""
    lines = "".join(blocks(path, "sh")).replace("\\\n", "").splitlines()
    return [shlex.split(line) for line in lines if line.strip()]


def spans(path):
    """What a page has in backticks within its text: lists of words."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for span in re.findall(r"`([^`]+)`", text):
        try:
            yield shlex.split(span)
        except ValueError:
            yield span.split()


def of_one_command(words):
    """The words up to the first that ends a command of the shell."""
    ends = [i for i, word in enumerate(words) if word in ("&&", "|", ";")]
    return words[: ends[0]] if ends else words


def our_command(words):
    """What of ours is called: `(click.Command, its words)`, or `None`."""
    if "train.py" in words:
        return find(["train", *words[words.index("train.py") + 1 :]])
    for start in (["python", "-m", "keras_htr_gan"], ["keras-htr-gan"]):
        for i in range(len(words)):
            if words[i : i + len(start)] == start:
                return find(words[i + len(start) :])
    if words and words[0] in COMMANDS:
        return find(words)
    return None


def find(words):
    command = main
    while isinstance(command, click.Group) and words:
        name, *words = words
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"there is no command {name}"
        command = found
    return command, of_one_command(words)


def check_options(command, words):
    """Sees that a command knows its options, and values that are choices."""
    context = click.Context(command)
    given, _, _ = command.make_parser(context).parse_args(list(words))
    for parameter in command.params:
        if not isinstance(parameter.type, CHECKED_TYPES):
            continue
        if isinstance(given.get(parameter.name), str):
            parameter.type.convert(given[parameter.name], parameter, context)


def check_script(words):
    """Sees that a benchmark is there, and names the options it is given."""
    for script in words:
        if re.fullmatch(r"benchmarks/\w+\.py", script):
            source = (ROOT / script).read_text(encoding="utf-8")
            for option in options(words[words.index(script) :]):
                assert f'"{option}"' in source, f"{script} has no {option}"


def options(words):
    found = (re.match(r"--[a-z][\w-]*", word) for word in words)
    return [match[0] for match in found if match]


def every_option():
    """The options of all commands and benchmarks: set of str."""
    known = {"--help"}
    groups = [main]
    while groups:
        group = groups.pop()
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                groups.append(command)
            for parameter in command.params:
                known.update(parameter.opts, parameter.secondary_opts)
    for script in (ROOT / "benchmarks").glob("*.py"):
        source = script.read_text(encoding="utf-8")
        known.update(re.findall(r'"(--[a-z][\w-]*)"', source))
    return known


@every_page
def test_commands_and_their_options_exist(page):
    for words in [*commands(page), *spans(page)]:
        if called := our_command(words):
            check_options(*called)
        check_script(of_one_command(words))


@every_page
def test_options_that_are_named_alone_exist(page):
    known = every_option()
    for words in spans(page):
        if words and words[0].startswith("--"):
            assert set(options(words)) <= known, words


@every_page
def test_links_and_pictures_are_there(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http:", "https:")):
            continue
        place, _, heading = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not heading or heading in headings(target), link


def headings(page):
    """What a link can name after `#`: set of str."""
    lines = page.read_text(encoding="utf-8").splitlines()
    titles = [line.lstrip("#") for line in lines if re.match("#+ ", line)]
    kept = [re.sub(r"[^\w\- ]", "", title.strip().lower()) for title in titles]
    return {title.replace(" ", "-") for title in kept}


@every_page
def test_paths_that_are_named_are_there(page):
    for path in OURS.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path


@every_page
def test_tests_that_are_named_are_there(page):
    text = page.read_text(encoding="utf-8")
    for path, name in re.findall(r"(tests/[\w/]+\.py)::(\w+)", text):
        source = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {name}(" in source, f"{path}::{name}"


@every_page
def test_python_names_what_exists(page):
    for code in blocks(page, "python"):
        tree = ast.parse(code)
        known = imported(tree)
        for node in ast.walk(tree):
            named = resolve(node, known)
            if isinstance(node, ast.Call):
                check_call(node, resolve(node.func, known))
            elif isinstance(node, ast.Attribute):
                root = dotted(node)[0]
                assert named is not None or root not in known, dotted(node)


def imported(tree):
    """What a snippet imports: dict of its name there to the object."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                module = importlib.import_module(name.name)
                known[name.asname or name.name] = module
        elif isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            for name in node.names:
                known[name.asname or name.name] = getattr(module, name.name)
    return known


def dotted(node):
    """`a.b.c` as a list of str; `[None]` where it begins otherwise."""
    if isinstance(node, ast.Attribute):
        return [*dotted(node.value), node.attr]
    return [node.id if isinstance(node, ast.Name) else None]


def resolve(node, known):
    """The object of a dotted name, or `None`."""
    root, *rest = dotted(node)
    found = known.get(root)
    for name in rest:
        found = getattr(found, name, None)
    return found


def check_call(call, function):
    """Sees that something of ours takes such arguments."""
    module = str(getattr(function, "__module__", ""))
    if module.startswith("keras_htr_gan"):
        arguments = {keyword.arg: None for keyword in call.keywords}
        inspect.signature(function).bind(*call.args, **arguments)


def test_every_public_name_is_told():
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == set(keras_htr_gan.__all__)


def test_every_extra_is_told():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    rows = table(ROOT / "docs" / "elsewhere.md", "extra")
    told = [name for row in rows for name in re.findall(r"\w+", row["extra"])]
    assert sorted(told) == sorted(setup["options.extras_require"])


def test_the_readme_is_short_and_leads_to_every_page():
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    linked = {(ROOT / link).resolve() for link in LINK.findall(text)}
    assert {ROOT / "CONTRIBUTING.md", *DOCS} <= linked


def test_the_readme_has_the_two_commands_as_lines():
    lines = README.read_text(encoding="utf-8").splitlines()
    assert "pip install -e '.[tensorflow]' && python train.py" in lines
    assert (
        "pip install -e '.[tensorflow,jax,export,test]' && python -m tests"
        in lines
    )


@pytest.mark.parametrize("name", ["README.md", "docs/annealing_explained.md"])
def test_figures_of_the_annealing_are_those_of_the_experiment(name):
    columns = ("CER, judge", "PSNR, dB", "highest generator loss", "at first")
    measured = {
        row["strategy"]: [mean(row[column]) for column in columns]
        for row in table(ROOT / "docs" / "annealing.md", "strategy")
        if "WER" in row and row["strategy"].startswith("`")
    }
    text = (ROOT / name).read_text(encoding="utf-8")
    quoted = 0
    for line in text.splitlines():
        strategies = re.findall(r"`\w+`", line)
        if not (line.startswith("|") and strategies):
            continue
        if strategies[0] not in measured:
            continue
        cells = [cell for cell in line.strip("| ").split("|")]
        figures = [c.strip() for c in cells if re.match(r" (\d|-)", c)]
        assert len(figures) >= 3
        quoted += 1
        for told, value in zip(figures, measured[strategies[0]], strict=False):
            assert agrees(told, value), f"{strategies[0]}: {told}, not {value}"
    assert quoted >= 4


def table(page, first):
    """The rows of a page's tables whose first column has a name: dicts."""
    names = None
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            names = None
        elif names is None:
            names = cells
        elif names[0] == first and not set(cells[0]) <= {"-"}:
            yield dict(zip(names, cells, strict=True))


def mean(cell):
    """The figure before a range: float, or `None`."""
    found = re.match(r"[\d.]+", cell)
    return float(found[0]) if found else None


def agrees(told, value):
    """Whether a figure is the measured one, rounded as it is told."""
    if value is None:
        return told == "-"
    digits = re.match(r"[\d.]+", told)[0]
    places = len(digits.partition(".")[2])
    # Half a unit of the last place, as the measured one is rounded itself.
    return abs(float(digits) - value) <= 0.5 * 10**-places + 1e-9


def test_the_readme_restores_in_python(tmp_path, monkeypatch, eagerly):
    """As printed, on a small part of a page."""
    monkeypatch.chdir(tmp_path)
    page = cv2.imread(str(ROOT / "docs" / "page.png"))[:160, :300]
    (tmp_path / "SCANS").mkdir()
    for name in ("page.png", "SCANS/page.png"):
        cv2.imwrite(name, page)
    names = {}
    exec(blocks(README, "python")[0], names)
    assert names["page"].shape == (160, 300)
    assert names["page"].dtype == np.float32
    assert 0 <= names["page"].min() < names["page"].max() <= 1
    assert cv2.imread("RESTORED/page.png").shape == page.shape


@pytest.mark.backend
def test_the_model_that_is_annealed_trains():
    """The snippet of any Keras model, as printed."""
    page = ROOT / "docs" / "python.md"
    [code] = [c for c in blocks(page, "python") if "class " in c]
    names = {}
    exec(code, names)
    schedule = [names["annealing"].weight(epoch) for epoch in range(1, 9)]
    np.testing.assert_allclose(
        schedule, [0, 0, 0.025, 0.05, 0.075, 0.1, 0.1, 0.1]
    )
    assert float(names["model"].sparsity_weight) == pytest.approx(0.1)


@pytest.mark.slow
def test_the_commands_that_make_the_presets_run(tmp_path, monkeypatch):
    """As printed, but for a step each and on fewer lines."""
    for name in ("copiste-lines", "historic-lines"):
        write_lines("imagefolder", tmp_path / name)
    (tmp_path / "historic-pages").mkdir()
    paper = np.random.default_rng(0).integers(200, 210, (900, 900), "uint8")
    cv2.imwrite(str(tmp_path / "historic-pages" / "blank.png"), paper)
    split = {"by": "page", "validation": ["page_0001"], "test": ["page_0002"]}
    (tmp_path / "split.json").write_text(json.dumps(split), encoding="utf-8")
    page = commands(ROOT / "docs" / "presets.md")
    printed = [words for words in page if "--run-dir" in words]
    assert len(printed) == 15
    for words in printed:
        words = [
            {
                "python": sys.executable,
                "train.py": str(ROOT / "train.py"),
                "docs/copiste_split.json": "split.json",
                "docs/latin_split.json": "split.json",
                "docs/preset_recipe.json": str(
                    ROOT / "docs" / "preset_recipe.json"
                ),
                "docs/historic_recipe.json": str(
                    ROOT / "docs" / "historic_recipe.json"
                ),
            }.get(word, word)
            for word in words
        ]
        fonts = words.index("--fonts") if "--fonts" in words else None
        if fonts:
            words[fonts + 1] = "Delius,Satisfy"
        kind = "pretrain" if "pretrain" in words else "train.py"
        subprocess.run(
            [*words, *SHORT[kind].split()],
            cwd=tmp_path,
            check=True,
        )
    monkeypatch.chdir(tmp_path)
    page = blocks(ROOT / "docs" / "presets.md", "python")
    [mean] = [code for code in page if "set_weights" in code]
    exec(mean, {})
    for name, height in (("tiny", 32), ("small", 64)):
        model = HTRGAN.from_preset(tmp_path / "runs" / name)
        assert model.line_height == model.recognizer.height == height
    assert Recognizer.from_preset(tmp_path / "runs" / "judge").size == "judge"
