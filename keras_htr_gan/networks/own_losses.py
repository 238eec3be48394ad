"""For Keras models that know themselves what they lose."""

import keras


class OwnLosses:
    """A model with losses and figures of its own, compiled without others.

    Keras would leave another loss out without a word, and look in vain for
    the targets of another metric.
    """

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        **options,
    ):
        """As Keras' own.

        Args:
            optimizer, **options: see `keras.Model.compile`.
            loss, loss_weights, metrics, weighted_metrics: `None`.

        Raises:
            ValueError: names those that are given.
        """
        others = {
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }
        given = [f"`{k}`" for k, v in others.items() if v is not None]
        if given:
            raise ValueError(
                f"{', '.join(given)}: {type(self).__name__} has losses and "
                "metrics of its own; compile it without"
            )
        super().compile(optimizer, **options)

    def compile_from_config(self, config):
        # Keras leaves a model with a `compile` of its own as it is.
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)
