"""Files and folders on any Hadoop-style path (file://, hdfs://, s3a://), through the Spark session's own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RENAMING = frozenset({"file", "hdfs", "viewfs"})
"""The file systems that rename a folder in one step. An object store copies and deletes its files one by one."""


class FileSystem:
    """The file system that a URI belongs to."""

    def __init__(self, session: SparkSession, uri: str) -> None:
        self._jvm: Any = session.sparkContext._jvm
        configuration = session.sparkContext._jsc.hadoopConfiguration()
        self._files: Any = self._path(uri).getFileSystem(configuration)

    @property
    def renames(self) -> bool:
        """Whether a folder is renamed in one step."""
        return self._files.getUri().getScheme() in RENAMING

    def exists(self, uri: str) -> bool:
        """Whether there is a file or folder."""
        return bool(self._files.exists(self._path(uri)))

    def read(self, uri: str) -> bytes:
        """The content of a small file."""
        stream = self._files.open(self._path(uri))
        try:
            return bytes(self._jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
        finally:
            stream.close()

    def write(self, uri: str, content: bytes) -> None:
        """Write a small file, replacing one that is there."""
        stream = self._files.create(self._path(uri), True)
        try:
            stream.write(bytearray(content))
        finally:
            stream.close()

    def rename(self, uri: str, to: str) -> bool:
        """Rename a file or folder to a name that is free; False where it could not be done."""
        return bool(self._files.rename(self._path(uri), self._path(to)))

    def delete(self, uri: str) -> None:
        """Delete a file, or a folder with all in it, if it is there."""
        self._files.delete(self._path(uri), True)

    def _path(self, uri: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(uri)
