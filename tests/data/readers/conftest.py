import builtins
import io

import datasets
import pytest

from keras_htr_gan.data.handwriting import HandwritingSource


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    """Nothing is left behind outside the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "datasets"
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder)
    return folder


@pytest.fixture(scope="module")
def drawn():
    source = HandwritingSource("en", seed=3, height=64, max_width=760)
    return [source[i] for i in range(4)]


@pytest.fixture
def opened(monkeypatch):
    """Every path that Python or Pillow opens."""
    paths = []
    real = builtins.open

    def spy(file, *rest, **options):
        paths.append(str(file))
        return real(file, *rest, **options)

    monkeypatch.setattr(builtins, "open", spy)
    monkeypatch.setattr(io, "open", spy)
    return paths
