"""Metrics of figures that are those of all devices already."""

import keras


class ReplicatedMetric:
    """For a Keras metric that every device updates with the same figure.

    Keras would add up the state of all devices, and ask all hosts for theirs
    whenever one of them reads it.
    """

    def add_variable(self, *args, aggregation="only_first_replica", **options):
        return super().add_variable(*args, aggregation=aggregation, **options)


class Mean(ReplicatedMetric, keras.metrics.Mean):
    """`keras.metrics.Mean` of such figures."""


class Sum(ReplicatedMetric, keras.metrics.Sum):
    """`keras.metrics.Sum` of such figures."""
