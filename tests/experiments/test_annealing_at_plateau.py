import pytest

from keras_htr_gan.experiments.annealing_at_plateau import AnnealingAtPlateau
from tests import small


@pytest.mark.parametrize(
    "losses, first",
    [
        ([9, 8, 7, 6, 5, 4, 3, 2, 1, 0.5], 7),  # at the latest
        ([9, 8, 8, 8, 8, 8, 8, 8, 8, 8], 6),
        ([9, 9, 9, 9, 9, 9, 9, 9, 9, 9], 5),
    ],
)
def test_the_ramp_begins_when_the_pixel_loss_no_longer_falls(losses, first):
    """Warm-up of 3 epochs, of which 2 are over, and a ramp of 3."""
    model = small.model(compiled=False)
    annealing = AnnealingAtPlateau(3.0, 3, 3, earlier=losses[:2])
    annealing.set_model(model)
    annealing.on_train_begin()
    weights = [0.0, 0.0]
    for epoch in range(2, 10):
        annealing.on_epoch_begin(epoch)
        weights.append(float(model.ctc_weight.value))
        annealing.on_epoch_end(epoch, {"val_pixel_loss": losses[epoch]})
    assert weights.index(1.0) + 1 == first
    assert weights[first - 1 :][:4] == [1.0, 2.0, 3.0, 3.0]
