"""Fivetran connector for {{ c.title_line }}.
#% if c.description | length

{{ c.description | join("\n") }}.
#% endif
"""

import json
import logging
from pathlib import Path

from fivetran_connector_sdk import Connector, Logging
from {{ c.client_module }} import Client, validate_configuration
from models import table_schemas
from sync import sync_tables
#: body

log = logging.getLogger(__name__)
#% if not c.single
# Modules whose lines belong into Fivetran's log.
LOGGING_MODULES = {{ c.logging_modules }}
#% endif


class FivetranHandler(logging.Handler):
    """Passes lines of Python's own logging on to Fivetran's log."""

    def emit(self, record: logging.LogRecord):
        line = self.format(record)
        if record.levelno >= logging.ERROR:
            Logging.error(line)
        elif record.levelno >= logging.WARNING:
            Logging.warning(line)
        else:
            Logging.info(line)


#% if c.single
def log_to_fivetran():
    """Send what this connector logs to Fivetran, and to nobody else."""
    log.setLevel(logging.INFO)
    log.handlers = [FivetranHandler()]
    log.propagate = False
#% else
def log_to_fivetran():
    """Send what the connector's modules log to Fivetran, and to nobody else."""
    for name in LOGGING_MODULES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.handlers = [FivetranHandler()]
        logger.propagate = False
#% endif


def schema(configuration: dict):
    """
    Define the schema function which lets you configure the schema your connector delivers.
    Args:
        configuration: a dictionary that holds the configuration settings for the connector.
    """
    return table_schemas()


def update(configuration: dict, state: dict):
    """
    Define the update function, which is called by Fivetran during each sync.
    Args:
        configuration: a dictionary that holds the configuration settings for the connector.
        state: a dictionary that holds what the previous sync saved; empty for the first sync.
    """
    log_to_fivetran()
    validate_configuration(configuration)
    with Client(configuration) as client:
        sync_tables(client, state)
    log.info("All tables are read")


connector = Connector(update=update, schema=schema)

if __name__ == "__main__":
    # For trying the connector out on this machine; a deployed connector gets its configuration
    # from Fivetran.
    configuration_path = Path(__file__).with_name("configuration.json")
    connector.debug(configuration=json.loads(configuration_path.read_text(encoding="utf-8")))
