"""Failures a job expects: the entry script prints their text as one line and exits 1, without a stack trace."""

from __future__ import annotations


class JobError(Exception):
    """Base of every expected failure; the text gives the offending value, the broken rule and the next action."""


class ArgumentError(JobError):
    """A job argument is missing or out of bounds."""


class TableError(JobError):
    """A table definition is unknown, or a DataFrame lacks a column of its table."""


class CatalogError(JobError):
    """The Glue Data Catalog lacks something or refused a change."""


class SecretError(JobError):
    """The pseudonymisation key cannot be read or is too short."""


class ReadError(JobError):
    """Raw objects cannot be read although none of them is corrupt."""


class QualityGateError(JobError):
    """The share of rows without a violation is under the gate."""


class ConservationError(JobError):
    """read differs from accepted + quarantined + duplicates + suppressed: rows were lost or invented."""
