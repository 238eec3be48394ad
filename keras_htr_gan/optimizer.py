"""The pair of optimizers, as one that Keras carries and saves."""

import keras
from keras.optimizers import MultiOptimizer, OptimizerMap


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
        `GeneratorDiscriminatorOptimizer`.
    """

    def adam(rate, name):
        if decay_steps is not None:
            rate = keras.optimizers.schedules.CosineDecay(
                rate, decay_steps, alpha=0.05
            )
        return keras.optimizers.Adam(rate, beta_1=0.5, name=name)

    return GeneratorDiscriminatorOptimizer(
        adam(generator_learning_rate, "generator"),
        adam(discriminator_learning_rate, "discriminator"),
    )


@keras.saving.register_keras_serializable("keras_htr_gan")
class GeneratorDiscriminatorOptimizer(MultiOptimizer):
    """An optimizer for each of a GAN's two networks, in one.

    `HTRGAN.compile` says which variables are whose, whatever their names are.
    Where nobody does, those whose path begins with `generator_` or
    `discriminator_` are that network's.

    Args:
        generator, discriminator: Keras optimizers.
        loss_scale_factor, name: as for any Keras optimizer.

    Attributes:
        optimizers: list of the two.
        learning_rate: the generator's, to be read. To set a rate, set that of
            one of `optimizers`, as the schedulers of Keras do with each.

    Raises:
        ValueError: when it is built on variables of neither; names them.
    """

    def __init__(
        self,
        generator,
        discriminator,
        loss_scale_factor=None,
        name="generator_discriminator",
    ):
        pair = {"generator": generator, "discriminator": discriminator}
        owners = Owners(generator, pair)
        super().__init__(owners, loss_scale_factor, name)
        self.owners = owners

    def own(self, generator, discriminator):
        """Says which variables are whose; nothing, once it is built.

        Args:
            generator, discriminator: list of `keras.Variable`.
        """
        self.owners.variables = {
            "generator": list(generator),
            "discriminator": list(discriminator),
        }

    def build(self, var_list):
        if not self.built:
            self.owners.refuse_strangers(var_list)
        super().build(var_list)

    @MultiOptimizer.learning_rate.getter
    def learning_rate(self):
        return self.optimizers[0].learning_rate

    def get_config(self):
        optimizers = {
            name: keras.saving.serialize_keras_object(optimizer)
            for name, optimizer in self.owners.items()
        }
        return {
            **optimizers,
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for name in ("generator", "discriminator"):
            config[name] = keras.saving.deserialize_keras_object(
                config[name], custom_objects=custom_objects
            )
        return cls(**config)


class Owners(OptimizerMap):
    """The optimizer of each variable, by the network that has the variable.

    Paths would not do: functional models do not put their names before those
    of their layers, and two networks that were made in two processes may have
    a `conv2d/kernel` each. Nothing of this need be saved, as a model that is
    loaded has its networks.
    """

    variables = None

    def owner(self, variable):
        """`"generator"`, `"discriminator"` or `None`."""
        for name in self:
            if self.variables is None:
                owned = variable.path.startswith(f"{name}_")
            else:
                owned = any(v is variable for v in self.variables[name])
            if owned:
                return name
        return None

    def __call__(self, variable):
        return self[self.owner(variable)]

    def refuse_strangers(self, variables):
        strangers = [v.path for v in variables if self.owner(v) is None]
        if not strangers:
            return
        mend = "keep what is trained in one of the two"
        if self.variables is None:
            mend = (
                "begin their names with generator_ or discriminator_, or "
                "call the optimizer's own(generator.trainable_variables, "
                "discriminator.trainable_variables) first"
            )
        raise ValueError(
            "neither the generator's nor the discriminator's variables: "
            f"{list_few(strangers)}; {mend}"
        )


def split_by_network(optimizer, generator, discriminator):
    """An optimizer that does not mix up the variables of two networks.

    Args:
        optimizer: Keras optimizer.
        generator, discriminator: list of `keras.Variable`.

    Returns:
        The same; or a `GeneratorDiscriminatorOptimizer` for a `MultiOptimizer`
        that goes by names alone, as older files have it.

    Raises:
        ValueError: if a `MultiOptimizer` that goes by names would train a
            network with the other's optimizer, or any has one that would
            train nothing; names the variables.
    """
    if goes_by_name(optimizer):
        wrong = [
            v.path for v in generator if v.path.startswith("discriminator_")
        ] + [
            v.path
            for v in discriminator
            if not v.path.startswith("discriminator_")
        ]
        if wrong:
            raise ValueError(
                "`optimizer`: it goes by names, and would train with the "
                f"other network's optimizer: {list_few(wrong)}; give a "
                "GeneratorDiscriminatorOptimizer, and load a file that was "
                "saved so with compile=False"
            )
        optimizer = GeneratorDiscriminatorOptimizer(
            *optimizer.optimizers, optimizer.loss_scale_factor, optimizer.name
        )
    if isinstance(optimizer, GeneratorDiscriminatorOptimizer):
        optimizer.own(generator, discriminator)
    elif isinstance(optimizer, MultiOptimizer):
        optimizer.build([*generator, *discriminator])
        idle = [o.name for o in optimizer.optimizers if not o.built]
        if idle:
            raise ValueError(
                f"`optimizer`: {', '.join(idle)} would train nothing: no "
                "pattern is like the generator's variables "
                f"({list_few([v.path for v in generator])}) or the "
                f"discriminator's ({list_few([v.path for v in discriminator])})"
            )
    return optimizer


def goes_by_name(optimizer):
    if type(optimizer) is not MultiOptimizer or optimizer.built:
        return False
    owners = optimizer.get_config()["optimizer_map"]
    return owners["class_name"] == "OptimizerMap" and list(
        owners["config"]["optimizer_map"]
    ) == ["generator_.*", "discriminator_.*"]


def list_few(names):
    """The first few of some names: str."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
