"""What the values of an image mean, to every network and every file.

Lines of several widths share a batch. To the right of a line its row holds
`PADDING`, a value that no image has, and every network treats it as if the
image ended there (see `networks/blocks.py`): a line gives the same result
alone and in any batch.
"""

INK, PAPER, PADDING = 0.0, 1.0, 2.0
# Of the ink; `auto` looks at each image.
POLARITIES = ("auto", "dark", "light")
