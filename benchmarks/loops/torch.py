"""The step by hand in torch, eagerly."""

import torch
import torch.nn.functional as F

PIXEL, ADVERSARIAL, SMOOTHED = 10.0, 0.2, 0.9


class Lean:
    """The mathematics of `HTRGAN`'s step, and nothing else.

    No figures but the generator's loss, no guard against what is not finite,
    no line that cannot be read, no padding.

    Args:
        model: `HTRGAN`, whose networks and bound are taken.
    """

    def __init__(self, model):
        self.generator, self.discriminator = (
            model.generator,
            model.discriminator,
        )
        self.recognizer = model.recognizer
        self.reading_bound = model.reading_gradient_bound
        self.parameters = [
            [v.value for v in network.trainable_variables]
            for network in (self.generator, self.discriminator)
        ]
        self.optimizers = [
            torch.optim.Adam(values, lr=rate, betas=(0.5, 0.999), eps=1e-7)
            for values, rate in zip(self.parameters, (1e-3, 2e-4), strict=True)
        ]

    def __call__(self, batch, weight):
        batch = {name: torch.as_tensor(x) for name, x in batch.items()}
        logits = self.generator(batch["degraded"], training=True)
        image = logits.detach().requires_grad_(True)
        restored = torch.sigmoid(image)
        loss = PIXEL * cross_entropy(image, batch["clean"])
        (gradient,) = torch.autograd.grad(loss, image)
        limit = self.reading_bound * norms(gradient) / PIXEL
        more_loss = ADVERSARIAL * cross_entropy(
            self.discriminator(restored), 1.0
        )
        (more,) = torch.autograd.grad(more_loss, image)
        gradient = gradient + more
        loss = loss + more_loss
        if weight > 0:
            most_loss = self.reading(torch.sigmoid(image), batch)
            (most,) = torch.autograd.grad(most_loss, image)
            most *= (limit / (norms(most) + 1e-30)).clamp(max=1.0)
            gradient = gradient + weight * most
            loss = loss + weight * most_loss
        self.improve(
            0, torch.autograd.grad(logits, self.parameters[0], gradient)
        )
        seen = self.discriminator(
            torch.cat([batch["clean"], restored.detach()])
        )
        real, made = seen.chunk(2)
        own = 0.5 * (cross_entropy(real, SMOOTHED) + cross_entropy(made, 0.0))
        self.improve(1, torch.autograd.grad(own, self.parameters[1]))
        return float(loss)

    def reading(self, images, batch):
        read = self.recognizer(images, training=False)
        lengths = batch["label_lengths"]
        nats = F.ctc_loss(
            F.log_softmax(read, -1).transpose(0, 1),
            batch["labels"],
            torch.full((len(read),), read.shape[1]),
            lengths,
            reduction="none",
        )
        return (nats / lengths).mean()

    def improve(self, which, gradients):
        for value, gradient in zip(
            self.parameters[which], gradients, strict=True
        ):
            value.grad = gradient
        self.optimizers[which].step()


def cross_entropy(logits, target):
    return F.binary_cross_entropy_with_logits(
        logits, torch.zeros_like(logits) + target
    )


def norms(gradient):
    return gradient.flatten(1).norm(dim=1)[:, None, None, None]


LOOPS = {"leanest": Lean}
