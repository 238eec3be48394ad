"""The classical ways to binarise a page, to compare with, by doxapy."""

import doxapy
import numpy as np

WINDOW = 75
METHODS = {
    "Otsu": (doxapy.Binarization.Algorithms.OTSU, {}),
    "Sauvola": (
        doxapy.Binarization.Algorithms.SAUVOLA,
        {"window": WINDOW, "k": 0.2},
    ),
    "Wolf": (doxapy.Binarization.Algorithms.WOLF, {"window": WINDOW, "k": 0.2}),
}


def binarize(image, method, window=WINDOW):
    """Makes a page black and white.

    Args:
        image: float32 `(height, width)`, 0 = ink, 1 = paper.
        method: str, of `METHODS`, with the parameters that stand there.
        window: int, pixels, the side of the neighbourhood that is looked at.

    Returns:
        float32 of the same shape, 0 or 1.

    References:
        Otsu 1979; Sauvola and Pietikäinen 2000; Wolf et al. 2002.
    """
    algorithm, parameters = METHODS[method]
    # A window must fit the image, and be odd.
    side = min(image.shape)
    if parameters:
        window = min(window | 1, side - 1 + side % 2)
        parameters = parameters | {"window": max(window, 3)}
    engine = doxapy.Binarization(algorithm)
    grey = np.ascontiguousarray(np.round(255 * image).astype("uint8"))
    binary = np.empty_like(grey)
    engine.initialize(grey)
    engine.to_binary(binary, parameters)
    return binary.astype("float32") / 255
