"""Athena's statements: from text to what was asked for, with AWS's syntax errors."""
