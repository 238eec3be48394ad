"""Runs the timings of training, data and restoring, and writes a page of them.

    python benchmarks/performance.py [--output docs/performance.md]
        [--beside CHECKOUT] [--data LINES --split-by FILE]

Each in a process of its own, one after the other, on every installed backend.
What each measured is kept (`--kept FOLDER`), so that it goes on where it was
stopped, and the page can be written again without measuring.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import click

from keras_htr_gan.backend import installed_backends
from keras_htr_gan.cores import count_cores
from keras_htr_gan.evaluation.tables import format_table
from keras_htr_gan.storage import write_whole

HERE = Path(__file__).parent
DEVICES = (8, 64, 512)
STEPS = {"tiny": 12, "small": 3, "base": 1}  # of each kind in a round
# Between machines: 100 Gbit a second of Ethernet; within one: NVLink.
LINKS = {"100 Gbit/s between machines": 12.5e9, "NVLink, 300 GB/s": 300e9}


def measure(script, *options, backend):
    """What a benchmark prints."""
    click.echo(f"{backend}: {script} {' '.join(options)}", err=True)
    done = subprocess.run(
        [sys.executable, HERE / script, *options],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise click.ClickException(f"{script} failed: {done.stderr[-800:]}")
    return done.stdout.strip()


def measured_before(path):
    if path.exists():
        click.echo(f"{path}: measured before; remove it to measure", err=True)
    return path.exists()


def run(folder, script, *options, backend="tensorflow"):
    """What a benchmark prints, or printed before: it is kept in a folder."""
    words = [Path(script).stem, *(Path(o).name for o in options), backend]
    name = "_".join(words).replace("--", "")
    path = folder / f"{name}.txt"
    if not measured_before(path):
        write_whole(path, measure(script, *options, backend=backend))
    return path.read_text(encoding="utf-8")


def trainings(folder, sizes):
    """What `training.py` measured, by backend and size; kept in a folder."""
    figures = []
    for size in sizes:
        for backend in installed_backends():
            path = folder / f"{backend}_{size}.json"
            if not measured_before(path):
                options = ("--size", size, "--steps", str(STEPS[size]))
                measure(
                    "training.py",
                    *options,
                    "--json",
                    str(path),
                    backend=backend,
                )
            figures.append(json.loads(path.read_text(encoding="utf-8")))
    return figures


def choices(folder):
    """What each choice is worth, on each backend."""
    return "\n\n".join(
        run(folder, "choices.py", backend=backend)
        for backend in installed_backends()
    )


def convolutions(folder):
    """What share of the peak they reach, on each backend."""
    return "\n\n".join(
        run(folder, "convolutions.py", backend=backend)
        for backend in installed_backends()
    )


def waiting(folder):
    """How `data.py` finds the data, and what waits for them on each backend."""
    told = [
        run(folder, "data.py", backend=backend).splitlines()
        for backend in installed_backends()
    ]
    return "\n".join([*told[0][:-1], *(lines[-1] for lines in told)])


def restoring(folder, beside, data, split_by):
    """How fast pages are restored, and whether all runtimes do it alike."""
    told = [RATES.format(other=name_revision(beside) if beside else "")]
    options = ("--beside", str(beside)) if beside else ()
    told.append(run(folder, "restoration.py", *options))
    if data:
        options = (str(data), "--split", "test", "--split-by", split_by)
        told += [ALIKE, run(folder, "runtimes.py", *options)]
    return "\n\n".join(told)


def name_revision(checkout):
    git = ("git", "-C", str(checkout), "rev-parse", "--short", "HEAD")
    done = subprocess.run(
        git, capture_output=True, encoding="utf-8", check=True
    )
    return f",\nhere revision {done.stdout.strip()}"


def indented(text):
    return text.replace("\n", "\n    ")


def of_the_usual(f):
    """The multiply-adds of our steps over those of the usual loop."""
    work = f["multiply-adds"]
    reading = (work["full"] - work["warm-up"]) / 2
    usual = work["full"] + reading
    return (
        f"- `{f['size']}`: {work['warm-up'] / 1e9:.1f} G in the warm-up, "
        f"{work['full'] / 1e9:.1f} G in full, {usual / 1e9:.1f} G in the usual "
        f"loop, of which they are {work['warm-up'] / usual:.2f} and "
        f"{work['full'] / usual:.2f}"
    )


def ratio(figures, name):
    value = figures["ratios"].get(name)
    if value is None:
        return "-"
    return (
        f"{value['median']:.2f} ({value['least']:.2f} to {value['most']:.2f})"
    )


def training_table(figures):
    names = (
        "full / leanest",
        "warm-up / leanest",
        "full / usual",
        "warm-up / usual",
        "warm-up / full",
    )
    header = ["", *names, "share of the peak, warm-up", "full"]
    header += ["first step, s", "first full step, s", "memory, MB"]
    rows = []
    for f in figures:
        share = f["share of peak"]
        rows.append(
            [f"{f['backend']}, {f['size']}"]
            + [ratio(f, name) for name in names]
            + [f"{share['warm-up']:.0%}", f"{share['full']:.0%}"]
            + [f"{f[k]:.1f}" for k in ("first step, s", "first full step, s")]
            + [f"{f['memory, MB']:.0f}"]
        )
    return format_table(header, rows)


def scaling_table(figures):
    """The share of a step that is left where devices exchange gradients.

    A ring moves 2 (n - 1) / n of the gradients' bytes through each device a
    step; nothing of it is hidden behind the calculation.
    """
    rows = []
    for f in figures:
        step = f["milliseconds"]["full"]["median"] / 1000
        for link, rate in LINKS.items():
            shares = [
                step / (step + 2 * (n - 1) / n * f["gradient bytes"] / rate)
                for n in DEVICES
            ]
            rows.append(
                [f"{f['backend']}, {f['size']}, {link}"]
                + [f"{share:.2%}" for share in shares]
            )
    return format_table(["", *(f"{n} devices" for n in DEVICES)], rows)


@click.command(context_settings={"show_default": True})
@click.option("--size", "sizes", multiple=True, default=["tiny", "small"])
@click.option(
    "--kept",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs/performance"),
    help="Folder for what is measured; what is there is not measured again.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("docs/performance.md"),
)
@click.option(
    "--beside",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A checkout of another version, which restores beside this one.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    help="Clean lines, of which it is told how each runtime restores them.",
)
@click.option("--split-by", default="docs/copiste_split.json")
def main(sizes, kept, output, beside, data, split_by):
    """Measure everything, and write the page."""
    kept.mkdir(parents=True, exist_ok=True)
    figures = trainings(kept, sizes)
    first = figures[0]
    lines, height, width = first["batch"]
    cores = count_cores()
    page = PAGE.format(
        machine=f"{cores} cores, {platform.machine()}",
        rounds=first["rounds"],
        lines=lines,
        shape=f"{height} x {width}",
        training=training_table(figures),
        work="\n".join(
            of_the_usual(f) for f in figures if f["backend"] == first["backend"]
        ),
        choices=choices(kept),
        convolutions=convolutions(kept),
        bytes="\n".join(
            f"- `{f['size']}`: {f['gradient bytes'] / 1e6:.2f} MB;"
            for f in figures
            if f["backend"] == first["backend"]
        ),
        scaling=scaling_table(figures),
        data=indented(waiting(kept)),
        scaling_of=run(kept, "scaling.py").replace("\n", "\n- "),
        restoring=restoring(kept, beside, data, split_by),
    )
    output.write_text(page, encoding="utf-8")
    click.echo(f"Written to {output}")


RATES = """By `python benchmarks/restoration.py`; the other version is what
`--beside CHECKOUT` names{other}:"""
ALIKE = """By `python benchmarks/runtimes.py copiste-lines --split test
--split-by docs/copiste_split.json`: what each runtime restores of aged lines,
and how it is read; changes against onnxruntime in float32, with 95 % intervals
over pages. Keras knows where a line ends within the last patch of 8
pixels; an exported network sees paper there."""
PAGE = """# How fast it is, and how much faster it could be

Written by `python benchmarks/performance.py` on a shared machine ({machine});
medians and ranges of {rounds} rounds in which all kinds of step took turns in
one process, so ratios count.

## A training step

Batches of {lines} lines ({shape} pixels in `tiny`). *Leanest* is a loop written
by hand for its backend with the same mathematics and nothing else
(`benchmarks/loops/`); *usual* is the way such a GAN is mostly written in
TensorFlow: a tape for each network, the reading loss of restored and of clean
lines always calculated and weighted afterwards. Below 1, ours is the faster.

{training}

The peak is that of a product of two float32 matrices of 2048 rows and columns
in the same run. Each step is so many multiply-adds, counted from the layers:

{work}

So no loop can make the ratio to the usual one much smaller than that: the
networks are the same, and all that a better loop can leave out is the reading
of clean lines, and in the warm-up the recogniser. What remains beside the
convolutions is the normalisation of layers.

### Choices

By `python benchmarks/choices.py`: full steps with one choice made otherwise.

{choices}

XLA on a CPU calculates the branches of a conditional on one thread: hence one
compiled step for the warm-up and one for the rest. It also spreads the strides
of a convolution's gradient with zeros, hence the layers of
`networks/patches.py`, which TensorFlow can do without.

### Convolutions

By `python benchmarks/convolutions.py`: those of the networks alone, trained;
their multiply-adds as a share of the same peak.

{convolutions}

*Of Keras* is its own layer, which on torch copies each input twice before it
looks at it; *as products* is one product of matrices of all shifted images. So
what JAX lacks in a step is XLA's, whose convolutions on a CPU reach less of the
peak where there are 64 channels, and know no bfloat16:
`--precision bfloat16` is useless with JAX on a CPU.

### Waiting for data

By `python benchmarks/data.py`:

    {data}

tf.data's tuner is switched off: it kept each epoch and each validation waiting
for its next wake-up.

## More devices

Each step the devices add up the gradients of both networks, in float32:

{bytes}

and some forty numbers besides. Were none of that hidden behind the
calculation, with devices as fast as this machine and {lines} lines on each,
this share of the step would be calculation:

{scaling}

A device that is a hundred times faster leaves a hundredth of the calculation
beside the same exchange: give it more lines. Nothing was measured on more than
one machine.

## How it grows

By `python benchmarks/scaling.py`: the exponent with which time grows, and each
time over the first.

{scaling_of}

## Restoring

{restoring}
"""


if __name__ == "__main__":
    main()
