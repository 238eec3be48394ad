"""Training loops by hand, to compare the one of this project with."""
