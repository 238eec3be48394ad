"""What a batch is, told to whoever gives something else.

Only shapes and dtypes are looked at. TensorFlow and JAX have them when they
trace a step, so a step that is compiled costs nothing more.
"""

import keras

RANKS = {
    "images": 4,
    "degraded": 4,
    "clean": 4,
    "widths": 1,
    "labels": 2,
    "label_lengths": 1,
    "paired": 1,
}
OF_PAIRS = ("degraded", "clean", "widths", "labels", "label_lengths")
OF_READINGS = ("images", "widths", "labels", "label_lengths")
OF_TEXTS = (
    "widths and label_lengths, int32 (batch,), and labels, int32 (batch, "
    "longest)"
)
PAIRS = (
    "a batch of an HTRGAN is a tuple of one dict: degraded and clean, float32 "
    f"(batch, height, width, 1), {OF_TEXTS}"
)
READINGS = (
    "a batch of a Recognizer is a tuple of images, float32 (batch, height, "
    f"width, 1), and a dict of {OF_TEXTS}"
)


def unpack_pairs(data, height):
    """The dict of a batch that `HTRGAN` is given.

    Args:
        data: what Keras hands to a step.
        height: int, of the lines in pixels.

    Raises:
        ValueError: says what is wrong with it, and what a batch is.
    """
    batch, *others = keras.utils.unpack_x_y_sample_weight(data)
    if any(other is not None for other in others):
        fault = "targets or sample weights are given"
    elif not isinstance(batch, dict):
        fault = f"the batch is {describe(batch)}, not a dict"
    else:
        names = OF_PAIRS + ("paired",) * ("paired" in batch)
        fault = find_fault(batch, names, height)
    if fault:
        raise ValueError(f"{fault}; {PAIRS}")
    return batch


def refuse_other_readings(images, targets, height):
    """Refuses what is no batch of a `Recognizer`.

    Args:
        images, targets: what `compute_loss` is given; `None` for images
            that are read already.
        height: int, of the lines in pixels.

    Raises:
        ValueError: says what is wrong with it, and what a batch is.
    """
    if not isinstance(targets, dict):
        fault = f"the targets are {describe(targets)}, not a dict"
    else:
        given = {} if images is None else {"images": images}
        names = [n for n in OF_READINGS if n in given or n != "images"]
        fault = find_fault({**targets, **given}, names, height)
    if fault:
        raise ValueError(f"{fault}; {READINGS}")


def refuse_dict(images):
    """Refuses a whole batch where its images alone are taken.

    Raises:
        ValueError: names what it holds.
    """
    if isinstance(images, dict):
        raise ValueError(
            f"{describe(images)} where images alone are taken, float32 "
            "(batch, height, width, 1)"
        )


def find_fault(batch, names, height):
    """What is wrong with a batch: str, or `None`.

    Args:
        batch: dict of arrays.
        names: tuple of str, those it is to have.
        height: int, of the lines in pixels.
    """
    missing = [name for name in names if name not in batch]
    if missing:
        return f"the batch has no {', '.join(missing)}: it is {describe(batch)}"
    for name in names:
        fault = find_fault_of_array(
            batch[name], RANKS[name], height, name == "degraded"
        )
        if fault:
            return f"{name} {fault}"
    sizes = {name: list_sizes(batch[name]) for name in names}
    counts = {name: s[0] for name, s in sizes.items() if s and s[0] is not None}
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{n} {count}" for n, count in counts.items())
        return f"there are not as many lines in each: {found}"
    widths = {s[2] for s in sizes.values() if s and len(s) == 4} - {None}
    if len(widths) > 1:
        found = " and ".join(str(sizes[name]) for name in names[:2])
        return f"degraded and clean have the shapes {found}"
    return None


def find_fault_of_array(array, rank, height, more=False):
    """What is wrong with an array: str, or `None`.

    Args:
        rank, height: int, that it is to have.
        more: bool, whether it may have rows above and below these.
    """
    if not hasattr(array, "shape"):
        return f"is {describe(array)}, not an array"
    sizes = list_sizes(array)
    if sizes is not None and len(sizes) != rank:
        return f"has {len(sizes)} axes, {sizes}, not {rank}"
    dtype = keras.backend.standardize_dtype(array.dtype)
    # Any integers will do, as NumPy makes int64 of a list.
    if rank == 4 and dtype != "float32" or rank < 4 and "int" not in dtype:
        return f"is {dtype}, not {'float32' if rank == 4 else 'int32'}"
    if rank == 4 and sizes is not None:
        if sizes[3] not in (1, None):
            return f"has {sizes[3]} channels, {sizes}, not 1"
        rows = sizes[1] or height
        if more and rows > height and (rows - height) % 2:
            return f"has {rows - height} rows more than a line, an odd number"
        if rows != height and not (more and rows > height):
            return (
                f"is {sizes[1]} pixels high, and the recogniser takes lines "
                f"of {height}"
            )
    return None


def list_sizes(array):
    """The shape of an array: tuple of int or `None`; `None` if unknown."""
    try:
        return tuple(array.shape)
    except ValueError:  # TensorFlow's, where not even the rank is known
        return None


def describe(thing):
    """What somebody gave, in short: str."""
    if thing is None:
        return "missing"
    if hasattr(thing, "shape"):
        return f"an array of shape {list_sizes(thing)}"
    if isinstance(thing, dict):
        return f"a dict of {', '.join(map(str, thing)) or 'nothing'}"
    if isinstance(thing, (list, tuple)):
        return f"a {type(thing).__name__} of {len(thing)}"
    return f"a {type(thing).__name__}"
