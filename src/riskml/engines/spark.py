"""The distributed engine: Spark, imported only when it is asked for."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from riskml.core.context_pool import ContextPool
from riskml.core.errors import ConfigurationError, RunError
from riskml.engines.spark_sql import spark_steps, to_spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


AT_A_TIME = 4
"""How many statements are planned and computed beside each other."""


@dataclass(frozen=True)
class SparkEngine:
    """A Spark session that takes DuckDB's SQL, and a folder for what it computes on the way.

    Parameters
    ----------
    work
        The URI of a folder that every worker can read and write; whoever asks for the engine deletes it.
    """

    session: SparkSession
    work: str

    @classmethod
    def connect(cls, work: str) -> Self:
        """The Spark session of this process: the one that ``spark-submit`` opened, or a new one as Spark's own settings
        say.

        Where the cluster is, and how much memory to use, are Spark's settings (``spark-defaults.conf``,
        ``PYSPARK_SUBMIT_ARGS``); without any it is this machine. What the equality with DuckDB rests on is set here.

        Raises
        ------
        ConfigurationError
            Where pyspark or Java is missing, or Java is too old.
        """
        try:
            with warnings.catch_warnings():
                # pyspark 4 says that it does not know pandas 3; only Arrow is exchanged here.
                warnings.simplefilter("ignore", FutureWarning)
                from pyspark.errors import PySparkRuntimeError
                from pyspark.sql import SparkSession
        except ImportError as error:
            raise ConfigurationError(
                zh="没有安装 pyspark；请运行 pip install 'riskml[spark]'。",
                en="pyspark is not installed; run pip install 'riskml[spark]'.",
            ) from error
        java = shutil.which(
            os.path.join(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"
        )
        if java is None:
            raise ConfigurationError(
                zh="没有找到 Java（PATH 或 JAVA_HOME）；Spark 需要 Java 17，例如 apt-get install "
                "openjdk-17-jre-headless。",
                en="There is no Java (in PATH or JAVA_HOME); Spark needs Java 17, as from apt-get install "
                "openjdk-17-jre-headless.",
            )
        # The workers' Python must be the one that has riskml, not whatever "python3" is there.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("riskml").config("spark.ui.showConsoleProgress", "false")
        for name, value in (("session.timeZone", "UTC"), ("ansi.enabled", "true"), ("caseSensitive", "false")):
            builder = builder.config(f"spark.sql.{name}", value)
        try:
            session = builder.getOrCreate()
        except PySparkRuntimeError as error:
            raise ConfigurationError(
                zh=f"Spark 没有启动；它需要 Java 17 或更新版本，所用的是 {java}。Spark 的信息：{error}",
                en=f"Spark did not start; it needs Java 17 or later, and uses {java}. What it said: {error}",
            ) from error
        session.sparkContext.setLogLevel("ERROR")
        return cls(session, work)

    def open_parquet(self, name: str, files: Sequence[str], empty: str) -> None:
        """Make Parquet files readable as the relation `name`.

        Parameters
        ----------
        files
            URIs, all with the same columns; may be none.
        empty
            A SELECT with the columns and no row.
        """
        nothing = self.session.sql(to_spark(empty))
        # With the columns given, Spark opens no file before it reads it.
        relation = self.session.read.schema(nothing.schema).parquet(*files) if files else nothing
        relation.createOrReplaceTempView(name)

    def keep(self, name: str, sql: str) -> None:
        """Compute a SELECT once and keep its rows, in no particular order, as the relation `name`.

        What is kept, and what is read more than once on the way, goes to Parquet files in `work`: it outlives the
        worker that computed it, Spark knows its size when it plans the next join, and plans stay short however long the
        way there.
        """
        for step in spark_steps(name, sql):
            relation = self.session.sql(step.sql)
            if step.readers > 1 or step.name == name:
                self.keep_frame(step.name, relation)
            else:
                relation.createOrReplaceTempView(step.name)

    def keep_frame(self, name: str, frame: DataFrame) -> None:
        """Compute a frame once and keep its rows as the relation `name`."""
        path = f"{self.work}/{name}"
        frame.write.parquet(path)
        self.session.read.schema(frame.schema).parquet(path).createOrReplaceTempView(name)

    def each(self, work: Callable[[str], None], names: Iterable[str]) -> Iterator[int]:
        """Do `work` for every name, a few at a time, and yield how many are done.

        To plan a statement keeps one core of the driver busy while the workers wait; beside another one they do not.
        """
        with ContextPool(AT_A_TIME) as pool:
            for done, _ in enumerate(pool.map(work, names), 1):
                yield done

    def query(self, sql: str) -> DataFrame:
        """A SELECT, not computed yet."""
        return self.session.sql(to_spark(sql))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT that has few: counts, never records."""
        return [tuple(row) for row in self.query(sql).collect()]


@contextmanager
def failures_explained() -> Iterator[None]:
    """Within a ``with`` block a failure of Spark's becomes a RunError that says what Spark said, in one line."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        said = str(error.java_exception) if isinstance(error, Py4JJavaError) else str(error)
        lines = [line for line in said.splitlines() if line.strip()]
        # What a worker's Python raised stands at the end of its traceback.
        line = lines[-1] if "Traceback (most recent call last)" in said else lines[0]
        raise RunError(zh=f"Spark 运行失败：{line}", en=f"Spark failed: {line}") from error
