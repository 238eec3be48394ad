"""What a loss returns: a scalar, or a tuple whose first is one."""


def first_of(value):
    return value[0] if isinstance(value, tuple) else value
