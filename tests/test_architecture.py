"""The plan of the house: what may import what, and how large a room is."""

import ast
import collections
import dataclasses
import functools
import graphlib
import itertools
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "keras_htr_gan"

# From the top floor to the ground: a wing imports its own modules, and those
# of its floor and of the floors below.
FLOORS = [
    {"__main__"},
    {"commands", "plugins", "train"},
    {"__init__"},
    {"experiments", "inspection"},
    {"training"},
    {"evaluation", "viewing"},
    {"reading"},
    {"restoration"},
    {"runtimes", "transcripts"},
    {"htr_gan"},
    {"networks", "train_steps", "guidance", "pairing"},
    {"dashboard", "data", "distribution", "presets", "publishing"},
    {"images", "losses", "optimizer"},
    {"callbacks"},
    {"backend", "charset", "cores", "errors", "extras", "hub"}
    | {"pixels", "sizes", "storage"},
]
FLOOR = {wing: -i for i, wings in enumerate(FLOORS) for wing in wings}
# What is told to who types a command, and by whom.
OF_COMMANDS = ("__main__", "commands", "plugins", "train")
# Command lines of others: of tesseract.
FOREIGN_FLAGS = {("evaluation/outside_reader.py", "--psm")}
# One class, written once for each backend.
TWINS = {"TrainStep"}


@dataclasses.dataclass(frozen=True)
class Import:
    """An import: the modules of ours that it names, and where it stands."""

    module: str
    line: int
    when_imported: bool


class Module:
    """A file of ours, and the name under which it is imported."""

    def __init__(self, path, name):
        self.path, self.name = path, name
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text, str(path))
        # Of the wing, and the place in it: "data/readers.py".
        self.place = path.relative_to(ROOT).as_posix()
        self.place = self.place.removeprefix(f"{PACKAGE}/")
        self.wing = (name.split(".") + ["__init__"])[1]

    def at(self, line, message):
        return f"{self.path.relative_to(ROOT).as_posix()}:{line}: {message}"

    def nodes(self, *kinds):
        return [n for n in ast.walk(self.tree) if isinstance(n, kinds)]

    def imported(self):
        """All modules that are imported: `(name, line, when_imported)`."""
        for node, inside in self.statements(self.tree, False):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, node.lineno, not inside
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    package = self.name.split(".")
                    if self.path.name != "__init__.py":
                        package = package[:-1]
                    package = package[: len(package) - node.level + 1]
                    base = ".".join([*package, *filter(None, [base])])
                for alias in node.names:
                    if alias.name == "__version__":
                        continue
                    whole = f"{base}.{alias.name}"
                    name = whole if whole in modules() else base
                    yield name, node.lineno, not inside

    def statements(self, node, inside):
        """All nodes, and whether they run later than the module."""
        for child in ast.iter_child_nodes(node):
            later = inside or isinstance(
                child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
            )
            yield child, later
            yield from self.statements(child, later)

    def imports(self):
        """What is imported of ours: list of `Import`."""
        return [
            Import(name, line, now)
            for name, line, now in self.imported()
            if name.split(".")[0] == PACKAGE
        ]

    def strings(self):
        """All strings, docstrings among them: `(text, line)`."""
        for node in self.nodes(ast.Constant):
            if isinstance(node.value, str):
                yield node.value, node.lineno


@functools.cache
def modules():
    """All modules of ours by the names under which they are imported."""
    found = {}
    files = [(path, PACKAGE) for path in (ROOT / PACKAGE).rglob("*.py")]
    files += [(p, PACKAGE) for p in (ROOT / "callbacks").rglob("*.py")]
    files.append((ROOT / "train.py", PACKAGE))
    for path, package in files:
        inner = path.relative_to(ROOT).with_suffix("").parts
        parts = [package, *(p for p in inner if p != PACKAGE)]
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join(parts)] = path
    return found


def every_module():
    return [read(name) for name in sorted(modules())]


@functools.cache
def read(name):
    return Module(modules()[name], name)


def library():
    """All modules but those of commands."""
    return [m for m in every_module() if m.wing not in OF_COMMANDS]


def wing_of(name):
    return (name.split(".") + ["__init__"])[1]


def test_each_room_has_its_floor():
    wings = {module.wing for module in every_module()}
    assert wings <= set(FLOOR), "give it a place in FLOORS and in the plan"
    vague = {"common", "helpers", "misc", "util", "utils"}
    assert not [m.place for m in every_module() if m.path.stem in vague]


def test_imports_name_what_there_is():
    """Else the tests below would look at the wrong module."""
    wrong = [
        module.at(line, f"{name} is no module")
        for module in every_module()
        for name, line, _ in module.imported()
        if name.split(".")[0] in (PACKAGE, "callbacks", "train", "tests")
        and name not in modules()
    ]
    assert not wrong, "\n".join(wrong)


def test_no_arrow_points_upwards():
    """Imports within functions count, too."""
    upwards = [
        module.at(arrow.line, f"{module.wing} imports {arrow.module}")
        for module in every_module()
        for arrow in module.imports()
        if FLOOR[wing_of(arrow.module)] > FLOOR[module.wing]
    ]
    assert not upwards, "\n".join(upwards)


def test_no_two_wings_need_each_other():
    needed = collections.defaultdict(set)
    for module in every_module():
        for arrow in module.imports():
            if wing_of(arrow.module) != module.wing:
                needed[module.wing].add(wing_of(arrow.module))
    graphlib.TopologicalSorter(needed).prepare()


def test_no_modules_import_each_other_when_they_are_imported():
    needed = {
        module.name: {a.module for a in module.imports() if a.when_imported}
        for module in every_module()
    }
    graphlib.TopologicalSorter(needed).prepare()


def test_callbacks_import_nothing_of_ours_but_storage():
    wrong = [
        module.at(arrow.line, f"imports {arrow.module}")
        for module in every_module()
        if module.wing == "callbacks"
        for arrow in module.imports()
        if wing_of(arrow.module) not in ("callbacks", "storage")
    ]
    assert not wrong, "\n".join(wrong)


def test_only_commands_know_click():
    wrong = [
        module.at(line, "imports click")
        for module in library()
        for name, line, _ in module.imported()
        if name.split(".")[0] == "click"
    ]
    assert not wrong, "\n".join(wrong)


def test_only_commands_name_flags():
    """In messages and docstrings, too; the library has arguments."""
    wrong = [
        module.at(line, f"names {flag}")
        for module in library()
        for text, line in module.strings()
        for flag in re.findall(r"(?<![\w-])--[a-z][\w-]*", text)
        if (module.place, flag) not in FOREIGN_FLAGS
    ]
    assert not wrong, "\n".join(wrong)


def test_the_library_starts_no_command_of_ours():
    """That would be an arrow upwards, too."""
    wrong = [
        module.at(node.lineno, f"starts python -m {PACKAGE}")
        for module in library()
        for node in module.nodes(ast.List, ast.Tuple)
        for words in [[getattr(e, "value", None) for e in node.elts]]
        if ("-m", PACKAGE) in itertools.pairwise(words)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_two_public_names_are_alike():
    places = collections.defaultdict(list)
    for module in library():
        for node in module.tree.body:
            if isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            ) and not node.name.startswith("_"):
                places[node.name].append(module.at(node.lineno, node.name))
    alike = [
        where
        for name, where in places.items()
        if len(where) > 1 and name not in TWINS
    ]
    assert not alike, "\n".join(map(", ".join, alike))


def test_functions_are_short():
    long = []
    for module in every_module():
        if module.place == "data/degradation.py":
            continue
        for node in module.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if lines > 60:
                long.append(module.at(node.lineno, f"{node.name}: {lines}"))
    assert not long, "\n".join(long)


def test_modules_are_short():
    most = collections.defaultdict(lambda: 450, {"train.py": 220})
    long = [
        module.at(lines, f"more than {most[module.place]} lines")
        for module in every_module()
        if (lines := len(module.text.splitlines())) > most[module.place]
    ]
    assert not long, "\n".join(long)
