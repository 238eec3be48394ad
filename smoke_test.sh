#!/usr/bin/env bash
# The annealing schedule end to end at small scale, with an offline W&B run:
#     ./smoke_test.sh [backend ...]        (default: every installed backend)
# Trains for 6 epochs (2 warm-up, 3 annealing, 1 full) and then checks what the
# run wrote. Ends with status 0 when every check holds on every backend.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python}

if [ $# -eq 0 ]; then
    set -- $("$python" -c 'from keras_htr_gan.backend import installed_backends
print(*installed_backends())')
fi

runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
for backend in "$@"; do
    echo "== $backend"
    started=$SECONDS
    KERAS_BACKEND=$backend "$python" train.py \
        --run-dir "$runs/$backend" --wandb offline \
        --epochs 6 --warmup-epochs 2 --annealing-epochs 3 \
        --recognizer-steps 60 --steps-per-epoch 6 --validation-steps 1 \
        --test-steps 1 --batch-size 8
    KERAS_BACKEND=$backend "$python" -m tests.smoke_check "$runs/$backend"
    echo "== $backend: passed in $((SECONDS - started)) seconds"
done
