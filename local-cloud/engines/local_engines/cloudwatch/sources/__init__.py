"""Metrics that AWS services put by themselves, read from the services of this local cloud."""
