"""Scans before and after, in a browser."""

from keras_htr_gan.viewing.page import build_page

__all__ = ["build_page"]
