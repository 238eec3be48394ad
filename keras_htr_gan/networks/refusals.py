"""What a network of the user's must not be like, told by its argument."""

import itertools

GUIDANCE = ("ctc", "features", "both")
ENDS = ("sigmoid", "hard_sigmoid", "tanh", "softmax")


def refuse_unfit(networks, recognizer):
    """Refuses networks that an `HTRGAN` cannot train.

    Args:
        networks: dict of argument, `"generator"` and `"discriminator"`, to
            `keras.Model`.
        recognizer: what is to be a `Recognizer`.

    Raises:
        ValueError: names the argument and the network.
    """
    for argument, network in networks.items():
        named = f"`{argument}` ({name_of(network)})"
        if not hasattr(network, "trainable_variables"):
            raise ValueError(f"{named}: not a Keras model")
        if not network.built:
            raise ValueError(
                f"{named}: has no weights yet; call it once, on an array of "
                "the shape of its images"
            )
        refuse_state(named, network)
        refuse_probabilities(named, network)
    if not hasattr(recognizer, "frame_lengths"):
        raise ValueError(
            f"`recognizer` ({name_of(recognizer)}): not a Recognizer; see "
            "Recognizer.from_preset"
        )
    refuse_shared({**networks, "recognizer": recognizer})


def refuse_state(named, network):
    state = [v.path for v in network.non_trainable_variables]
    if state:
        raise ValueError(
            f"{named}: holds state that training would update "
            f"({', '.join(state[:3])}): batch statistics and dropout make a "
            "line depend on its batch; use LayerNormalization(axis=-1) and "
            "no dropout, and freeze no layer"
        )


def refuse_probabilities(named, network):
    for output in getattr(network, "outputs", None) or ():
        last = output._keras_history.operation
        end = getattr(getattr(last, "activation", None), "__name__", None)
        if end in ENDS:
            raise ValueError(
                f"{named}: ends in a {end} ({last.name}), and its outputs "
                "are to be logits; leave that activation out"
            )


def refuse_shared(networks):
    for (a, first), (b, second) in itertools.combinations(networks.items(), 2):
        owned = {id(v) for v in first.variables}
        shared = [v.path for v in second.variables if id(v) in owned]
        if shared:
            raise ValueError(
                f"`{a}` and `{b}` share variables ({', '.join(shared[:3])}); "
                "make each of layers of its own"
            )


def refuse_negative(**numbers):
    """Refuses what is not a number of 0 or more; names the argument."""
    for name, value in numbers.items():
        try:
            fits = 0.0 <= float(value) < float("inf")
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise ValueError(f"{name} must be 0 or more, not {value!r}")


def refuse_other_guidance(guidance, recognizer):
    """Refuses a form of the reading loss that is none, or not of that reader.

    Raises:
        ValueError: names `guidance`.
    """
    if guidance not in GUIDANCE:
        raise ValueError(
            f"guidance must be one of {', '.join(GUIDANCE)}, not {guidance!r}"
        )
    if guidance != "ctc" and recognizer.size == "judge":
        raise ValueError(
            f"guidance={guidance!r}: a recogniser of size judge has no "
            "features that guide; take one of another size, or 'ctc'"
        )


def refuse_other_logits(argument, network, logits, images):
    """Refuses outputs that are not logits as `HTRGAN` takes them.

    Args:
        argument: `"generator"`, whose logits are of the images' own shape, or
            `"discriminator"`, whose are one for each patch of them.
        network: `keras.Model`.
        logits: array, its outputs.
        images: array, its inputs.

    Raises:
        ValueError: names the argument and the network.
    """
    sizes, wanted = tuple(logits.shape), tuple(images.shape)
    fits = len(sizes) == 4 and sizes[3] == 1
    if argument == "generator":
        known = zip(sizes, wanted, strict=False)
        fits = fits and all(a == b or None in (a, b) for a, b in known)
        what = "a logit for each pixel, an output of the same shape"
    else:
        what = "a logit for each patch, (batch, rows, columns, 1)"
    if not fits:
        raise ValueError(
            f"`{argument}` ({name_of(network)}): {sizes} for images of "
            f"{wanted}; it is to give {what}"
        )


def name_of(network):
    return getattr(network, "name", None) or repr(network)
