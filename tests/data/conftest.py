import pytest

from tests.data.drawn import drawn


@pytest.fixture(scope="session")
def clean():
    return drawn()


@pytest.fixture(scope="session")
def other():
    return drawn(48, 1)
