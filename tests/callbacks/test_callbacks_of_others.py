"""Callbacks of Keras and of W&B see an `HTRGAN` as any model."""

import keras
import pytest

from tests import small
from tests.offline_run import offline_run_file, read_offline_run

pytestmark = pytest.mark.backend


@pytest.fixture
def rates(model):
    """What the two learning rates are; put back in the end."""
    optimizers = model.optimizer.optimizers
    before = [float(o.learning_rate) for o in optimizers]
    assert before == pytest.approx([1e-3, 2e-4])
    return lambda: [float(o.learning_rate) for o in optimizers]


def test_a_scheduler_sets_the_rates_of_both(model, rates):
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    halve.set_model(model)
    logs = {"pixel_loss": 1.0}
    for epoch in range(2):
        halve.on_epoch_begin(epoch)
        halve.on_epoch_end(epoch, logs)
    assert rates() == pytest.approx([2.5e-4, 5e-5])
    assert logs["learning_rate_generator"] == pytest.approx(2.5e-4)
    assert logs["learning_rate_discriminator"] == pytest.approx(5e-5)


def test_a_plateau_reduces_the_rates_of_both(model, rates):
    plateau = keras.callbacks.ReduceLROnPlateau("val_CER", 0.1, 1, mode="min")
    plateau.set_model(model)
    plateau.on_train_begin()
    for epoch in range(2):
        plateau.on_epoch_end(epoch, {"val_CER": 0.5})
    assert rates() == pytest.approx([1e-4, 2e-5])


@pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="W&B's own needs TensorFlow"
)
def test_the_logger_of_wandb_logs_epochs_and_steps(
    model, batch, tmp_path, eagerly
):
    import wandb
    from wandb.integration.keras import WandbMetricsLogger

    with wandb.init(mode="offline", dir=tmp_path, project="theirs"):
        logger = WandbMetricsLogger(log_freq=1)
        small.train(model, [batch] * 2, callbacks=[logger], epochs=2)
    rows = read_offline_run(offline_run_file(tmp_path))["history"]
    epochs = [row for row in rows if "epoch/epoch" in row]
    assert [row["epoch/epoch"] for row in epochs] == [0, 1]
    for row in epochs:
        assert row["epoch/learning_rate"] == pytest.approx(1e-3)
        assert row["epoch/pixel_loss"] > 0
    steps = [row for row in rows if "batch/learning_rate" in row]
    assert len(steps) == 4
