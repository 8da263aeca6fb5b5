"""DuckDB connections that read S3 through the emulator."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from ..context import EngineContext
from ..errors import EngineError
from .macros import create_macros

#: Enough for the pipeline's queries; beyond it DuckDB spills to the private folder.
_MEMORY_LIMIT = "1GB"
_THREADS = 4
#: Of every connection, the first one included.
DUCKDB_SETTINGS = (
    "SET TimeZone = 'UTC'; SET integer_division = true; SET http_retries = 2; "
    # A table's name must never find a variable of this process.
    "SET python_enable_replacements = false"
)
#: A raw line may be 10 MB (and more once escaped); DuckDB's default is 16 MB.
MAX_JSON_LINE_BYTES = 64 * 1024 * 1024


def httpfs_extension() -> Path:
    """The signed httpfs extension inside the duckdb_extension_httpfs package; raises EngineError when it is missing."""
    spec = importlib.util.find_spec("duckdb_extension_httpfs")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        found = Path(folder) / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
        if found.exists():
            return found
    raise EngineError(
        f"the DuckDB {duckdb.__version__} httpfs extension is not installed; "
        f"install the Python package duckdb-extension-httpfs=={duckdb.__version__} (`npm run setup`)"
    )


def open_duckdb(context: EngineContext, spill: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that reads S3 through the emulator and writes what does not fit into `spill`."""
    spill.mkdir(parents=True, exist_ok=True)
    root = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": _MEMORY_LIMIT,
            "threads": _THREADS,
            "temp_directory": str(spill),
            # No download is ever wanted, and nothing of the user's home is read.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "extension_directory": str(spill / "extensions"),
        },
    )
    root.load_extension(str(httpfs_extension()))
    endpoint = urlsplit(context.endpoints.default).netloc
    root.execute(
        "CREATE SECRET emulator (TYPE s3, KEY_ID 'test', SECRET 'test', URL_STYLE 'path', USE_SSL false, "
        f"REGION '{context.region}', ENDPOINT '{endpoint}')"
    )
    # Macros are parsed under the settings in force here, not under those of the query that calls them.
    root.execute(DUCKDB_SETTINGS)
    return root


class DuckPool:
    """One in-memory DuckDB; every query gets a cursor of its own, with its own temporary tables."""

    def __init__(self, context: EngineContext) -> None:
        self._root = open_duckdb(context, context.directory / "duckdb")
        create_macros(self._root)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the shared database: UTC, Trino's integer division."""
        cursor = self._root.cursor()
        cursor.execute(DUCKDB_SETTINGS)
        return cursor

    def close(self) -> None:
        self._root.close()
