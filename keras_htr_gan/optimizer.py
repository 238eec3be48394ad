"""The pair of optimizers, as one that Keras carries and saves."""

import keras


def generator_discriminator_optimizer(
    generator_learning_rate=1e-3,
    discriminator_learning_rate=2e-4,
    decay_steps=None,
):
    """Adam for each network, in one optimizer that Keras carries and saves.

    Args:
        generator_learning_rate: float.
        discriminator_learning_rate: float.
        decay_steps: int or `None`. Over so many steps both rates fall along a
            cosine to a twentieth; `None` leaves them constant.

    Returns:
        `keras.optimizers.MultiOptimizer`; variables whose path begins with
        `generator_` or `discriminator_` go to the optimizer of that name.
    """

    def adam(rate, name):
        if decay_steps is not None:
            rate = keras.optimizers.schedules.CosineDecay(
                rate, decay_steps, alpha=0.05
            )
        return keras.optimizers.Adam(rate, beta_1=0.5, name=name)

    generator = adam(generator_learning_rate, "generator")
    discriminator = adam(discriminator_learning_rate, "discriminator")
    return keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(
            generator,
            {
                "generator_.*": generator,
                "discriminator_.*": discriminator,
            },
        ),
        name="generator_discriminator",
    )
