"""Puts a statement's result where GetQueryExecution says that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results import metadata, write_csv
from .outcome import Outcome
from .session import Session
from .storage import put_bytes, put_file

if TYPE_CHECKING:
    from ..api.executions import Execution


def publish(execution: Execution, session: Session, outcome: Outcome) -> None:
    """Writes the rows (this is what runs a SELECT) and uploads them, or the manifest of data files; and `.metadata`."""
    if outcome.written is not None:
        _publish_manifest(execution, session, outcome, outcome.written)
        return
    path = session.folder / "result"
    with path.open("wb") as target:
        if outcome.is_csv:
            execution.output_rows = write_csv(target, [column["Name"] for column in outcome.columns], outcome.rows)
        else:
            for row in outcome.rows:
                target.write(("\t".join(cell or "" for cell in row) + "\n").encode())
                execution.output_rows += 1
    execution.output_bytes = path.stat().st_size
    session.check()
    with session.timings.measure("service"):
        put_file(session, path, execution.location)
        put_bytes(session, metadata(outcome.columns), f"{execution.location}.metadata")


def _publish_manifest(execution: Execution, session: Session, outcome: Outcome, written: list[str]) -> None:
    execution.update_count = execution.output_rows = outcome.update_count or 0
    execution.manifest = f"{execution.location}-manifest.csv"
    with session.timings.measure("service"):
        put_bytes(session, "".join(f"{url}\n" for url in written).encode(), execution.manifest)
        put_bytes(session, metadata(outcome.columns), f"{execution.location}.metadata")
