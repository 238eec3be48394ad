"""Runs the whole suite once on one backend, and the tests that depend on it
once more on each other that is installed: python -m tests [pytest options]

It is divided among processes, of which one more runs at once than there are
cores; the output of all but the first is shown when it is complete.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from keras_htr_gan.backend import choose_backend, installed_backends
from tests import compiling
from tests.parts import PARTS


def main(arguments):
    choose_backend()
    os.environ.update(compiling.environment())
    shares = list(shares_of(installed_backends(), arguments))
    first, *others = shares
    # Each waits now and then, for what it has started itself.
    with ThreadPoolExecutor(1 + (os.cpu_count() or 1)) as pool:
        print(title(*first), flush=True)
        done = [pool.submit(run, *first)]
        done += [pool.submit(run, *share, subprocess.PIPE) for share in others]
        for share, future in zip(others, done[1:], strict=True):
            output = future.result().stdout.decode("utf-8", "replace")
            print(f"{title(*share)}\n{output}", flush=True)
    codes = [future.result().returncode for future in done]
    nothing = pytest.ExitCode.NO_TESTS_COLLECTED
    failed = [
        title(*share)
        for share, code in zip(shares, codes, strict=True)
        if code and not (code == nothing and set(codes) > {nothing})
    ]
    if failed:
        raise SystemExit("\n".join(["failed:", *failed]))


def shares_of(backends, arguments):
    """The parts of the suite: pairs of a backend and pytest's options."""
    if any(argument.startswith("-m") for argument in arguments):
        yield from ((backend, arguments) for backend in backends)
        return
    for part in range(PARTS):
        options = ["-m", "not backend and not slow", f"--part={part}"]
        yield backends[0], [*options, *arguments]
    for backend in backends:
        yield backend, ["-m", "backend and not slow", *arguments]


def title(backend, options):
    return f"== {backend}: pytest {' '.join(map(repr, options))}"


def run(backend, options, output=None):
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        env={**os.environ, "KERAS_BACKEND": backend},
        stdout=output,
        stderr=output and subprocess.STDOUT,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
