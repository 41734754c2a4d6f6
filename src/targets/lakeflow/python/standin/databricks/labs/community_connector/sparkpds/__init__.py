"""Stands in for the platform's data source: a connector names its class there, and registers by it."""


class LakeflowSource:
    """What the data source of a connector derives from."""

    _lakeflow_connect_cls = None
