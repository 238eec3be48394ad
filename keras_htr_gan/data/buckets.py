"""A few widths for lines of any width.

Each width that a batch can have is compiled once, so there are few; a line is
padded to the width of its batch.
"""

import numpy as np

MOST = 6
STEP = 16
PADDING_AIMED_AT = 0.1


def bucket_widths(widths):
    """Chooses the widths of batches for lines of given widths.

    Takes as few as keep the padding below `PADDING_AIMED_AT` of all pixels,
    `MOST` at most, and places them so that padding is least (dynamic
    programming over the widths that occur).

    Args:
        widths: int array, pixels of (a sample of) the lines.

    Returns:
        tuple of int, ascending multiples of `STEP`; the last holds every
        line.
    """
    held = STEP * -(-np.asarray(widths) // STEP)
    edges, counts = np.unique(held, return_counts=True)
    # cost[i, j]: pixels where lines of edges i to j share the width of j.
    below = np.concatenate([[0], np.cumsum(counts)])
    cost = (below[None, 1:] - below[:-1, None]) * edges[None, :]
    least, chosen = cost[0], [(int(e),) for e in edges]
    lines = np.sum(widths)
    for _ in range(min(MOST, len(edges)) - 1):
        if 1 - lines / least[-1] < PADDING_AIMED_AT:
            break
        splits = [
            min(range(j), key=lambda i: least[i] + cost[i + 1, j], default=0)
            for j in range(len(edges))
        ]
        least, chosen = (
            np.array(
                [cost[0, 0]]
                + [
                    least[i] + cost[i + 1, j]
                    for j, i in enumerate(splits[1:], 1)
                ]
            ),
            [chosen[0]]
            + [
                (*chosen[i], int(edges[j])) for j, i in enumerate(splits[1:], 1)
            ],
        )
    return chosen[-1]
