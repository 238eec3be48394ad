"""The sizes of networks: one table for all of them, which needs no Keras."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Size:
    """The networks of one name.

    Args:
        height: int, pixels of a line.
        recognizer: dict, of `networks.recognizer.build_network` (of a judge:
            `networks.crnn.build_crnn`).
        generator: dict, of `networks.generator.build_patch_generator`; empty
            where there is none.
        discriminator: dict, of `networks.discriminator.build_discriminator`.
    """

    height: int
    recognizer: dict
    generator: dict = dataclasses.field(default_factory=dict)
    discriminator: dict = dataclasses.field(default_factory=dict)

    @property
    def frame(self):
        """Pixels of a CTC frame: int."""
        return self.recognizer["frame"]


SIZES = {
    "tiny": Size(
        height=32,
        recognizer={
            "stem": 2,
            "frame": 4,
            "filters": (32, 64),
            "blocks": (0, 3),
            "contexts": 2,
        },
        generator={"patch": 4, "filters": (64,), "blocks": (4,)},
        discriminator={"filters": 32},
    ),
    "small": Size(
        height=64,
        recognizer={
            "stem": 4,
            "frame": 8,
            "filters": (64, 128),
            "blocks": (1, 2),
            "contexts": 4,
        },
        generator={"patch": 4, "filters": (64, 128), "blocks": (2, 4)},
        discriminator={"filters": 48},
    ),
    "base": Size(
        height=128,
        recognizer={
            "stem": 4,
            "frame": 8,
            "filters": (96, 192),
            "blocks": (2, 3),
            "contexts": 4,
        },
        generator={
            "patch": 2,
            "filters": (64, 128, 256),
            "blocks": (1, 2, 4),
        },
        discriminator={"filters": 64},
    ),
    "judge": Size(
        height=48,
        recognizer={"frame": 4, "filters": (32, 64, 96, 128), "units": 128},
    ),
}
RESTORING = tuple(name for name, size in SIZES.items() if size.generator)


def size_named(name, network="recognizer"):
    """The `Size` of a name.

    Args:
        name: str.
        network: str, one that it must have.

    Raises:
        ValueError: if there is none.
    """
    having = [n for n, size in SIZES.items() if getattr(size, network)]
    if name not in having:
        raise ValueError(
            f"no {network} size {name!r}; choose from {', '.join(having)}"
        )
    return SIZES[name]
