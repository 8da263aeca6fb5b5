"""Stored metrics, their statistics and the mathematics over them."""
