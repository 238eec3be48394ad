"""What stands in strange files, made fit to be told on one line."""

RIGHT_TO_LEFT = (
    "written from right to left, and a recogniser reads from left to right: "
    "give their characters in the order in which they stand on the page"
)


def to_one_line(text):
    """A text, or what has one, on a single line of what can be printed."""
    text = " ".join(str(text).split())
    return "".join(c if c.isprintable() else "?" for c in text)


def shorten(text, longest=80):
    """A text of at most `longest` characters; dots stand for what is cut."""
    return text if len(text) <= longest else text[: longest - 3] + "..."
