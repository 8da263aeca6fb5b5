"""Runs statements, each in a session of its own."""
