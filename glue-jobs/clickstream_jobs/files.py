"""Small file work (list, delete, read and write of state) through Hadoop's FileSystem, so s3:// and file:// alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from .errors import ReadError

# Object stores put whole objects atomically; on others a half-written file must never be seen under its name.
_ATOMIC_SCHEMES = ("s3", "s3a", "s3n")


@dataclass(frozen=True)
class FileInfo:
    """One file: full path as the FileSystem prints it, size in bytes, last modification in epoch milliseconds."""

    path: str
    size: int
    modified_ms: int


class Files:
    """File operations of one Spark session."""

    def __init__(self, spark: SparkSession) -> None:
        self._jvm: Any = spark._jvm
        self._conf: Any = spark._jsc.hadoopConfiguration()
        # Looked up once: each name of a package costs a search through all jars.
        self._path_class: Any = self._jvm.org.apache.hadoop.fs.Path

    def _open(self, path: str) -> tuple[Any, Any]:
        jpath = self._path_class(path)
        return jpath.getFileSystem(self._conf), jpath

    def qualified(self, path: str) -> str:
        """The path with scheme and authority, without a slash at its end."""
        fs, jpath = self._open(path)
        return str(fs.makeQualified(jpath).toString())

    def exists(self, path: str) -> bool:
        """True for a file, a folder, or a non-empty prefix of an object store."""
        fs, jpath = self._open(path)
        return bool(fs.exists(jpath))

    def list_files(self, path: str) -> Iterator[FileInfo]:
        """Every file below `path`, at any depth, by one flat listing; nothing when the path does not exist."""
        fs, jpath = self._open(path)
        if not fs.exists(jpath):
            return
        listing = fs.listFiles(jpath, True)
        while listing.hasNext():
            status = listing.next()
            yield FileInfo(status.getPath().toString(), status.getLen(), status.getModificationTime())

    def delete(self, path: str) -> None:
        """Deletes a file or a folder with all it holds; a path that does not exist is no error."""
        fs, jpath = self._open(path)
        fs.delete(jpath, True)

    def read_text(self, path: str) -> str | None:
        """Text (UTF-8) of a small file, None when it does not exist."""
        fs, jpath = self._open(path)
        if not fs.exists(jpath):
            return None
        stream = fs.open(jpath)
        try:
            return str(self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        except Py4JJavaError as cause:
            raise ReadError(f"{path} cannot be read: {cause.java_exception}") from cause
        finally:
            stream.close()

    def write_text(self, path: str, text: str) -> None:
        """Writes a small UTF-8 file in one step: readers see the old text or the new, never a part."""
        fs, jpath = self._open(path)
        atomic = fs.getUri().getScheme() in _ATOMIC_SCHEMES
        target = jpath if atomic else self._path_class(f"{path}.tmp")
        stream = fs.create(target, True)
        try:
            stream.write(bytearray(text.encode("utf-8")))
        finally:
            stream.close()
        if not atomic:
            fs.delete(jpath, False)
            fs.rename(target, jpath)
