"""Runs the whole suite once for each installed backend, each in its own
process: python -m tests [pytest options]

Tests that do not depend on the backend run in the first process alone.
"""

import os
import subprocess
import sys

from keras_htr_gan.backend import choose_backend, installed_backends


def main(arguments):
    choose_backend()
    failed = []
    for i, backend in enumerate(installed_backends()):
        print(f"== {backend}", flush=True)
        marks = [] if i == 0 else ["-m", "backend and not slow"]
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *marks, *arguments],
            env={**os.environ, "KERAS_BACKEND": backend},
        )
        if run.returncode:
            failed.append(backend)
    if failed:
        raise SystemExit(f"failed on {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
