"""The interface of a connector: the methods that the platform calls, and nothing else of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from pyspark.sql.types import StructType


class LakeflowConnect(ABC):
    """What a connector derives from."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options

    @abstractmethod
    def list_tables(self) -> list[str]:
        """Names of the tables."""

    @abstractmethod
    def get_table_schema(self, table_name: str, table_options: dict[str, str]) -> StructType:
        """Schema of a table."""

    @abstractmethod
    def read_table_metadata(self, table_name: str, table_options: dict[str, str]) -> dict:
        """Keys, cursor and ingestion type of a table."""

    @abstractmethod
    def read_table(
        self, table_name: str, start_offset: dict | None, table_options: dict[str, str]
    ) -> tuple[Iterator[dict], dict]:
        """Records after an offset, and the offset after them."""

    def read_table_deletes(
        self, table_name: str, start_offset: dict | None, table_options: dict[str, str]
    ) -> tuple[Iterator[dict], dict]:
        """Keys of deleted records after an offset; only for tables of the type cdc_with_deletes."""
        raise NotImplementedError(f"{type(self).__name__} declares deletes and does not read them")
