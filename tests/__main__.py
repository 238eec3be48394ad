"""Runs the whole suite once on one backend, and the tests that depend on it
once more on each other that is installed: python -m tests [pytest options]

The first is divided among as many processes as there are cores, beside which
one more runs the others; their output is shown when it is complete.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from keras_htr_gan.backend import choose_backend, installed_backends
from keras_htr_gan.extras import find_lack
from tests import compiling


def main(arguments):
    choose_backend()
    if lack := find_lack("the suite"):
        raise SystemExit(lack)
    os.environ.update(compiling.environment())
    first, *others = shares_of(installed_backends(), arguments)
    # What is started by hand within tests waits now and then.
    with ThreadPoolExecutor(1) as pool:
        done = [pool.submit(run, *share, subprocess.PIPE) for share in others]
        print(title(*first), flush=True)
        codes = [run(*first).returncode]
        for share, future in zip(others, done, strict=True):
            result = future.result()
            codes.append(result.returncode)
            output = result.stdout.decode("utf-8", "replace")
            print(f"{title(*share)}\n{output}", flush=True)
    nothing = pytest.ExitCode.NO_TESTS_COLLECTED
    failed = [
        title(*share)
        for share, code in zip([first, *others], codes, strict=True)
        if code and not (code == nothing and set(codes) > {nothing})
    ]
    if failed:
        raise SystemExit("\n".join(["failed:", *failed]))


def shares_of(backends, arguments):
    """What each backend is asked to run: pairs of it and pytest's options."""
    if any(argument.startswith("-m") for argument in arguments):
        return [(backend, arguments) for backend in backends]
    first, *others = backends
    divided = ["-n", str(os.cpu_count() or 1), "--dist", "loadfile"]
    alone = ["-m", "backend and not slow"]
    return [
        (first, [*divided, *arguments]),
        *((backend, [*alone, *arguments]) for backend in others),
    ]


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
