"""The one exception for files and data, and the one warning."""


class FastMIError(ValueError):
    """A file or a sequence set that cannot be used; says what, where and what is allowed.

    Wrong *parameters* are plain ``ValueError`` or ``TypeError``.
    """


class FastMIWarning(UserWarning):
    """Something was done that the caller may not have meant."""
