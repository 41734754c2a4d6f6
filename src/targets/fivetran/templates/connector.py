"""Fivetran connector for {{ c.title_line }}.
#% if c.description | length

{{ c.description | join("\n") }}.
#% endif
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

from fivetran_connector_sdk import Connector
from fivetran_connector_sdk import Logging as log
from api import Client, setting
from models import table_schemas
from sync import sync_tables
#: body
#% if c.required | length

# Keys that have to be filled in, and what they are.
REQUIRED_KEYS = {
#% for key in c.required
    {{ key.key | py }}: {{ key.description | py }},
#% endfor
}
#% endif


def validate_configuration(configuration: dict):
    """Check the configuration before anything is asked of the API.

#% if c.secrets
    Raises ValueError naming the key that is wrong. Values are never shown: they may be secret.
#% else
    Raises ValueError naming the key that is wrong.
#% endif
    """
#% if c.required | length
    for key, meaning in REQUIRED_KEYS.items():
        value = configuration.get(key)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"The configuration's '{key}' is missing or blank: {meaning}")
        value = value.strip()
        if value.startswith("<") and value.endswith(">"):
            raise ValueError(f"The configuration's '{key}' is still its placeholder: {meaning}")
#% if c.ascii_credentials
        if not (value.isascii() and value.isprintable()):
            raise ValueError(f"The configuration's '{key}' has characters that a header cannot hold")
#% else
        if not value.isprintable():
            raise ValueError(f"The configuration's '{key}' has characters that are no text")
#% endif
#% endif
    if not is_web_address(setting(configuration, "base_url")):
        raise ValueError("The configuration's 'base_url' is not an http or https address")


def is_web_address(text: str) -> bool:
    """Tell whether a text is an absolute http or https address without a query."""
    try:
        address = urlsplit(text)
        # Reading the port checks it.
        _ = address.port
    except ValueError:
        return False
    if not text.isprintable() or " " in text or address.query or address.fragment:
        return False
    return address.scheme in ("http", "https") and bool(address.hostname)


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
