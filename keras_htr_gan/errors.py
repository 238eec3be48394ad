"""What goes wrong through no fault of this package."""


class UserError(Exception):
    """A mistake of the user: the message names the thing and the mend.

    A message names settings as the arguments of the library, in backticks:
    "`split_by`: the data has no column 'hand'". Commands show such a name as
    their own flag, see `commands/mistakes.py`.
    """
