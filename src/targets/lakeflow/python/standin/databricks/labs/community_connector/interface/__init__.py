"""Stands in for the platform's package of this name, which is not to be had apart from the platform."""

from databricks.labs.community_connector.interface.lakeflow_connect import LakeflowConnect

__all__ = ["LakeflowConnect"]
