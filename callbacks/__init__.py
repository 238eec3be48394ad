"""Keras callbacks; none of them knows what model it watches."""
