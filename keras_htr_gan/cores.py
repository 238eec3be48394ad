"""How many processor cores there are to be used."""

import os


def count_cores():
    """The processor cores that this process may use: int, at least 1.

    A container or a job of a cluster may have fewer than the machine, which
    not every system and version of Python can say.
    """
    if hasattr(os, "process_cpu_count"):
        count = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count()
    return count or 1
