"""What processor there is: its cores that are to be used, and a skill."""

import os


def count_cores():
    """The processor cores that this process may use: int, at least 1.

    A container or a job of a cluster may have fewer than the machine, which
    not every system and version of Python can say.
    """
    # Since Python 3.13; before it, on Linux alone.
    count = getattr(os, "process_cpu_count", os.cpu_count)
    affinity = getattr(os, "sched_getaffinity", None)
    if affinity and not hasattr(os, "process_cpu_count"):
        return len(affinity(0))
    return count() or 1


def multiplies_int8():
    """Whether this processor sums products of integers of eight bits in one
    instruction, as far as OpenCV knows: bool."""
    import cv2

    # CV_CPU_AVX_512VNNI and CV_CPU_NEON_DOTPROD of OpenCV's cvdef.h.
    return cv2.checkHardwareSupport(23) or cv2.checkHardwareSupport(101)
