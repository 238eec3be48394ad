import os
import sys

import numpy as np
import pytest

from keras_htr_gan.errors import UserError
from keras_htr_gan.evaluation.outside_reader import OutsideReader, split_command


def test_reads_on_any_desktop(monkeypatch):
    for name in ("process_cpu_count", "sched_getaffinity"):
        monkeypatch.delattr(os, name, raising=False)
    reader = OutsideReader(
        f"'{sys.executable}' -c "
        "'import sys; print(len(open(sys.argv[1], mode=chr(114) + chr(98))"
        ".read()) > 60, sys.argv[1][-10:])' {image}"
    )
    images = [np.ones((8, width), "float32") for width in (9, 20, 31)]
    assert reader.read(images) == [
        f"True {number:06d}.png" for number in range(3)
    ]


def test_the_folders_of_windows_are_kept(monkeypatch):
    command = r'"C:\Program Files\tesseract.exe" {image} -l "fra"'
    monkeypatch.setattr(os, "name", "nt")
    words = split_command(command)
    assert words == [r"C:\Program Files\tesseract.exe", "{image}", "-l", "fra"]


def test_a_quotation_that_does_not_end():
    with pytest.raises(UserError, match="`reader`: .*quotation"):
        OutsideReader("'tesseract {image}")
