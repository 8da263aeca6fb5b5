"""Temporary credentials for what a principal that has opted in may select (API: GetDataAccess, which engines ask)."""

from __future__ import annotations

from ..context import EngineContext
from ..iam.guard import Check
from ..lake.catalog import Table
from ..lake.query import Reader

_SERVICE = "lakeformation.amazonaws.com"


def vended(context: EngineContext, table: Table) -> Reader | None:
    """Whoever reads the table for the context's caller; None where the caller's own rights decide.

    AwsError (AccessDenied) where no policy lets the caller ask Lake Formation.
    """
    judge = context.lake_formation
    if judge is None or context.guard is None or context.credentials is None:
        return None
    if not judge.governs(context.principal, table.database, table.name):
        return None
    role = judge.reading_role(table.location.partition("://")[2])
    if role is None:
        return None
    context.guard.check(context.credentials.access_key, [Check("lakeformation:GetDataAccess")])
    reading = context.for_role(role, _SERVICE, "lake-formation")
    return Reader(reading.client("s3"), reading.may_read)
