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


def start(backend, options, output=None):
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *options],
        env={**os.environ, "KERAS_BACKEND": backend},
        stdout=output,
        stderr=output,
    )


def main(arguments):
    choose_backend()
    first, *others = installed_backends()
    marks = ["-m", "backend and not slow"]
    print(f"== {first}", flush=True)
    runs = {first: (start(first, arguments), None)}
    for backend in others:
        output = tempfile.TemporaryFile()
        runs[backend] = start(backend, [*marks, *arguments], output), output
    failed = []
    for backend, (run, output) in runs.items():
        if run.wait():
            failed.append(backend)
        if output is not None:
            output.seek(0)
            print(f"== {backend}", flush=True)
            print(output.read().decode("utf-8", "replace"), flush=True)
    if failed:
        raise SystemExit(f"failed on {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
