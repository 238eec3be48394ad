"""Runs the whole suite once for each installed backend, each in its own
process: python -m tests [pytest options]

They run side by side, as each leaves cores idle while it compiles; the output
of all but the first is shown when it is complete. Tests that do not depend on
the backend run in the first process alone.
"""

import os
import subprocess
import sys
import tempfile

from keras_htr_gan.backend import choose_backend, installed_backends


def start(backend, options, compiled, output=None):
    # Most tests on JAX wait for XLA to compile what it compiled for another.
    kept = {
        "JAX_COMPILATION_CACHE_DIR": compiled,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *options],
        env={**os.environ, **kept, "KERAS_BACKEND": backend},
        stdout=output,
        stderr=output,
    )


def main(arguments):
    choose_backend()
    with tempfile.TemporaryDirectory() as compiled:
        failed = run(installed_backends(), arguments, compiled)
    if failed:
        raise SystemExit(f"failed on {', '.join(failed)}")


def run(backends, arguments, compiled):
    """Runs the suite on each; returns the backends on which it failed."""
    first, *others = backends
    marks = ["-m", "backend and not slow", *arguments]
    print(f"== {first}", flush=True)
    runs = {first: (start(first, arguments, compiled), None)}
    for backend in others:
        output = tempfile.TemporaryFile()
        runs[backend] = start(backend, marks, compiled, output), output
    failed = []
    for backend, (process, output) in runs.items():
        if process.wait():
            failed.append(backend)
        if output is not None:
            output.seek(0)
            print(f"== {backend}", flush=True)
            print(output.read().decode("utf-8", "replace"), flush=True)
    return failed


if __name__ == "__main__":
    main(sys.argv[1:])
