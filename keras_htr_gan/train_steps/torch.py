"""The training step on torch: `torch.autograd.grad`, eagerly."""

import keras
import torch

from keras_htr_gan.networks.batch_form import unpack_pairs
from keras_htr_gan.train_steps.values import first_of


class TorchStep:
    """`train_step` and `test_step` of `HTRGAN`, differentiated by autograd."""

    def train_step(self, data):
        batch = to_tensors(data, self.line_height)
        logits = self.generate(batch)
        gradient, figures = self.criticize(
            logits.detach(), batch, self.ctc_weight > 0
        )
        generator_gradients = torch.autograd.grad(
            logits, list_parameters(self.generator), grad_outputs=gradient
        )
        loss = self.discriminator_loss(logits.detach(), batch)
        discriminator_gradients = torch.autograd.grad(
            loss, list_parameters(self.discriminator)
        )
        gradients = [*generator_gradients, *discriminator_gradients]
        with torch.no_grad():
            figures["discriminator_loss"] = loss.detach()
            finite = self.finite(figures, gradients)
            if finite:
                self.optimizer.apply(gradients, self.trainable_variables)
            return self.record_step(figures, finite)

    def test_step(self, data):
        batch = to_tensors(data, self.line_height)
        return self.examine(batch)

    def over_devices(self, values):
        """The sum of each value over all devices that share a batch."""
        return values

    def value_and_gradient(self, loss, logits):
        with torch.enable_grad():
            logits = logits.detach().requires_grad_(True)
            value = loss(logits)
            (gradient,) = torch.autograd.grad(first_of(value), logits)
        return keras.tree.map_structure(torch.Tensor.detach, value), gradient


def to_tensors(data, height):
    """The step's dict of tensors; `train_on_batch` hands over NumPy arrays."""
    batch = unpack_pairs(data, height)
    return keras.tree.map_structure(keras.ops.convert_to_tensor, batch)


def list_parameters(network):
    return [v.value for v in network.trainable_variables]
