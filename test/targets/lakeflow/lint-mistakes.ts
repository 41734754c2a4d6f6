/** Mistakes to plant into the well-written connector of the fixtures, each with the rule that must find it, and near misses. */

export interface Change {
  /** What is planted, in words. */
  name: string;
  file?: string;
  /** Text that is there once, and what takes its place. The finding stands on the first line of `to`, plus `below`. */
  from: string;
  to: string;
  below?: number;
}
export interface Mistake extends Change {
  rule: string;
  severity?: "blocker" | "warning";
  /** Line of the finding where it is not that of the change. */
  at?: string | 0;
  /** Rules that the same mistake also breaks. */
  also?: readonly string[];
}

const LIMIT = 'limit = int(table_options.get("max_records_per_batch", DEFAULT_BATCH))';
const INIT = "self._init_time = datetime.now(timezone.utc)";
const CHECK_OF_SCHEMA = "        self._check(table_name)\n        return SCHEMAS[table_name]";
const CLIENT = "client.py";

const SHAPE: readonly Mistake[] = [
  { rule: "LF01", name: "a syntax error", file: CLIENT, from: "TIMEOUT = (10, 60)", to: "TIMEOUT = (10, 60", at: 0 },
  {
    rule: "LF02",
    name: "no class of the interface",
    from: "class HarbourLakeflowConnect(LakeflowConnect):",
    to: "class Harbour:",
    also: ["F401"],
  },
  {
    rule: "LF03",
    name: "a missing method",
    from: "def list_tables(self)",
    to: "def tables(self)",
    at: "class HarbourLakeflowConnect",
  },
  {
    rule: "LF04",
    name: "a parameter too few",
    from: "def get_table_schema(self, table_name: str, table_options: dict[str, str])",
    to: "def get_table_schema(self, table_name: str)",
  },
  {
    rule: "LF04",
    name: "a parameter too many",
    from: "def read_table_metadata(self, table_name: str, table_options: dict[str, str])",
    to: "def read_table_metadata(self, table_name: str, table_options: dict[str, str], client: object)",
  },
  {
    rule: "LF05",
    name: "an unknown table is not refused",
    from: CHECK_OF_SCHEMA,
    to: '        return SCHEMAS.get(table_name, SCHEMAS["berths"])',
    at: "def get_table_schema",
  },
  {
    rule: "LF05",
    name: "the source is asked before the table is checked",
    from: CHECK_OF_SCHEMA,
    to: '        self._all_pages("/schema", {})\n        self._check(table_name)\n        return SCHEMAS[table_name]',
    at: "def get_table_schema",
  },
];

const SCHEMA: readonly Mistake[] = [
  {
    rule: "LF06",
    name: "a map",
    from: 'StructField("text", StringType())]',
    to: 'StructField("text", MapType(StringType(), StringType()))]',
    also: ["F821"],
  },
  {
    rule: "LF07",
    name: "32 bits",
    from: 'StructField("history_id", LongType())',
    to: 'StructField("history_id", IntegerType())',
    also: ["F821"],
  },
  {
    rule: "LF08",
    name: "an empty struct, by or",
    from: 'record["position"] = record.get("position") or None',
    to: 'record["position"] = record.get("position") or {}',
  },
  {
    rule: "LF08",
    name: "an empty struct, by a default in a record that is written out",
    from: '        record["position"] = record.get("position") or None\n        return record',
    to: '        return {**record, "position": record.get("position", {})}',
  },
  {
    rule: "LF09",
    name: "append_only",
    from: '"entries": {"ingestion_type": "append"}',
    to: '"entries": {"ingestion_type": "append_only"}',
  },
  {
    rule: "LF10",
    name: "cdc without a cursor",
    from: '"cursor_field": "history_id", "ingestion_type": "cdc"}',
    to: '"ingestion_type": "cdc"}',
  },
  {
    rule: "LF10",
    name: "cdc with no keys",
    from: '"movements": {"primary_keys": ["id"], ',
    to: '"movements": {"primary_keys": [], ',
  },
  {
    rule: "LF11",
    name: "a key inside a struct",
    from: '"berths": {"primary_keys": ["id"]',
    to: '"berths": {"primary_keys": ["position.latitude"]',
  },
  {
    rule: "LF12",
    name: "deletes without a reader",
    from: "def read_table_deletes(",
    to: "def deletes_of(",
    at: "class HarbourLakeflowConnect",
  },
  {
    rule: "LF12",
    name: "a reader without deletes",
    severity: "warning",
    from: '"ingestion_type": "cdc_with_deletes"',
    to: '"ingestion_type": "cdc"',
    at: "def read_table_deletes",
  },
];

const READING: readonly Mistake[] = [
  {
    rule: "LF13",
    name: "read_table never looks at the offset",
    from: '        if table_name == "movements":\n            return self._read_movements(start_offset, table_options)\n        if table_name == "entries":\n            return self._read_entries(start_offset, table_options)\n        return self._read_calls(start_offset, table_options)',
    to: "        return self._read_calls({}, table_options)",
    at: "def read_table(",
  },
  {
    rule: "LF13",
    name: "a helper never looks at the offset",
    from: 'since = datetime.fromisoformat((start_offset or {}).get("until") or table_options["start_timestamp"])',
    to: 'since = datetime.fromisoformat(table_options["start_timestamp"])',
    at: "def _read_entries",
  },
  {
    rule: "LF14",
    name: "a snapshot that stops at the size of a batch",
    from: '        return (self._with_position(record) for record in self._all_pages(f"/{table_name}", {})), {}',
    to: '        limit = int(self.options.get("max_records_per_batch", "1000"))\n        records = self._all_pages(f"/{table_name}", {})[:limit]\n        return (self._with_position(record) for record in records), {}',
    below: 1,
  },
  {
    rule: "LF15",
    name: "no size of a batch",
    from: LIMIT,
    to: "limit = DEFAULT_BATCH",
    at: "def read_table(",
    also: ["LF29"],
  },
  {
    rule: "LF16",
    name: "no time of construction",
    from: INIT,
    to: "self._init_time = datetime.max",
    at: "def read_table(",
  },
  {
    rule: "LF17",
    name: "the cursor clamped",
    from: 'return iter(records), {"cursor": latest}',
    to: 'latest_cursor = min(latest, self._init_time.isoformat())\n        return iter(records), {"cursor": latest_cursor}',
  },
  {
    rule: "LF18",
    name: "the lookback stored, by name",
    from: 'return iter(records), {"cursor": latest}',
    to: 'stored = (datetime.fromisoformat(latest) - lookback).isoformat()\n        return iter(records), {"cursor": stored}',
    below: 1,
  },
  {
    rule: "LF18",
    name: "the lookback stored, in place",
    from: 'return iter(records), {"cursor": latest}',
    to: 'return iter(records), {"cursor": (datetime.fromisoformat(latest) - lookback).isoformat()}',
  },
  {
    rule: "LF19",
    name: "rows beside the offset that was passed in",
    severity: "warning",
    from: 'return iter(records), {"history_id": max(int(record["history_id"]) for record in records)}',
    to: 'return (dict(record) for record in self._all_pages("/movements", {})), start_offset',
  },
  {
    rule: "LF20",
    name: "numbers compared as text",
    severity: "warning",
    from: 'max(int(record["history_id"]) for record in records)',
    to: 'max(str(record["history_id"]) for record in records)',
  },
  {
    rule: "LF21",
    name: "a lock on the instance",
    from: INIT,
    to: `${INIT}\n        import threading\n\n        self._lock = threading.Lock()`,
    below: 3,
  },
  {
    rule: "LF21",
    name: "a session on the instance",
    severity: "warning",
    from: INIT,
    to: `${INIT}\n        import requests\n\n        self._session = requests.Session()`,
    below: 3,
  },
];

const SAFETY: readonly Mistake[] = [
  {
    rule: "LF22",
    name: "no timeout",
    file: CLIENT,
    from: ", params=params, timeout=TIMEOUT",
    to: ", params=params",
    at: "requests.get(",
  },
  {
    rule: "LF23",
    name: "no verification",
    file: CLIENT,
    from: "timeout=TIMEOUT\n",
    to: "timeout=TIMEOUT, verify=False\n",
    at: "verify=False",
  },
  { rule: "LF23", name: "plain http", from: '"https://api.harbour.example"', to: '"http://api.harbour.example"' },
  {
    rule: "LF24",
    name: "except: pass",
    from: '        records = self._all_pages("/calls/deleted", {"since": since} if since else {})',
    to: '        records = []\n        try:\n            records = self._all_pages("/calls/deleted", {"since": since} if since else {})\n        except Exception:\n            pass',
    below: 3,
  },
  {
    rule: "LF24",
    name: "an error as data",
    file: CLIENT,
    from: "            if attempt == ATTEMPTS - 1:\n                raise\n",
    to: '            return {"error": "unavailable"}\n',
    at: "except (requests.ConnectionError",
  },
  {
    rule: "LF24",
    name: "a failure that is only logged",
    from: '        records = self._all_pages("/calls/deleted", {"since": since} if since else {})',
    to: '        records = []\n        try:\n            records = self._all_pages("/calls/deleted", {})\n        except RuntimeError:\n            raise\n        except OSError:\n            records = []\n        except Exception as error:\n            logger.warning("no deletes: %s", error)',
    below: 7,
  },
  {
    rule: "LF25",
    name: "a credential",
    from: 'options["api_token"]',
    to: 'options.get("api_token") or "k3y-9f8a7b6c5d4e"',
  },
  {
    rule: "LF26",
    name: "a logged token",
    from: 'logger.info("read %d calls", len(records))',
    to: 'logger.info("read %d calls with %s", len(records), self._token)',
  },
  {
    rule: "LF26",
    name: "all options in a message",
    from: 'raise ValueError(f"{table_name} has no deletes")',
    to: 'raise ValueError(f"{table_name} has no deletes: {self.options}")',
  },
  {
    rule: "LF27",
    name: "eval",
    from: 'int(table_options.get("lookback_seconds", "60"))',
    to: 'eval(table_options.get("lookback_seconds", "60"))',
  },
  {
    rule: "LF28",
    name: "an option that is not allowed",
    file: "connector_spec.yaml",
    from: ",lookback_seconds",
    to: "",
    at: "lookback_seconds",
  },
  {
    rule: "LF29",
    name: "an option that nothing reads",
    file: "connector_spec.yaml",
    from: 'external_options_allowlist: "',
    to: 'external_options_allowlist: "page_size,',
  },
  {
    rule: "LF30",
    name: "a future import",
    file: CLIENT,
    from: "import time\n",
    to: "from __future__ import annotations\n\nimport time\n",
  },
  {
    rule: "LF31",
    name: "a main block",
    file: CLIENT,
    from: '    raise RuntimeError("not reached: the last attempt returns or raises")\n',
    to: '    raise RuntimeError("not reached")\n\n\nif __name__ == "__main__":\n    get_page("", "", "", {})\n',
    below: 3,
  },
  {
    rule: "LF32",
    name: "an own module imported whole",
    from: "from client import get_page",
    to: "import client\n\nget_page = client.get_page",
    also: ["LF33"],
  },
  {
    rule: "LF32",
    name: "another name",
    severity: "warning",
    from: "from client import get_page",
    to: "from client import get_page as fetch\n\nget_page = fetch",
    also: ["LF33"],
  },
  {
    rule: "LF32",
    name: "a relative import",
    severity: "warning",
    from: "from client import get_page",
    to: "from .client import get_page",
  },
  {
    rule: "LF33",
    name: "one name for two things, by import",
    from: "from datetime import datetime, timedelta, timezone\n",
    to: "from datetime import datetime, time, timedelta, timezone\n",
    also: ["F401"],
  },
  {
    rule: "LF33",
    name: "one name for two things",
    file: CLIENT,
    from: "ATTEMPTS = 5\n",
    to: "ATTEMPTS = 5\nPAGE_SIZE = 50\n",
    at: 0,
  },
  {
    rule: "LF34",
    name: "pyspark at run time",
    file: "requirements.txt",
    from: "requests==2.32.5\n",
    to: "pyspark>=4.2\nrequests==2.32.5\n",
  },
];

export const MISTAKES: readonly Mistake[] = [...SHAPE, ...SCHEMA, ...READING, ...SAFETY];

/** Right ways of doing what looks like a mistake: nothing is found. */
export const NEAR_MISSES: readonly Change[] = [
  {
    name: "a guard that shortens a snapshot by a filter of the source",
    from: 'self._all_pages(f"/{table_name}", {})), {}',
    to: 'self._all_pages(f"/{table_name}", {"limit": 1000})), {}',
  },
  {
    name: "an empty dict to go on from",
    from: 'record["position"] = record.get("position") or None',
    to: 'latitude = (record.get("position") or {}).get("latitude")\n        record["north"] = latitude is not None and latitude > 0',
  },
  {
    name: "a lock that is left out when pickled",
    from: "    def list_tables(self)",
    to: '    def __getstate__(self) -> dict:\n        return {name: value for name, value in vars(self).items() if name != "_lock"}\n\n    def list_tables(self)',
  },
  {
    name: "a token of a page in a log",
    from: 'logger.info("read %d calls", len(records))',
    to: 'page_token = params.get("page_token")\n        logger.info("read %d calls up to %s", len(records), page_token)',
  },
  {
    name: "keys checked by lookup",
    from: CHECK_OF_SCHEMA,
    to: "        return SCHEMAS[table_name]",
  },
  {
    name: "a session that is opened where it is used",
    file: CLIENT,
    from: '            response = requests.get(\n                f"{base_url}{path}"',
    to: '            response = requests.Session().get(\n                f"{base_url}{path}"',
  },
  {
    name: "a handler that tidies up",
    file: CLIENT,
    from: "                response.raise_for_status()\n",
    to: "                try:\n                    response.close()\n                except Exception:\n                    pass\n                response.raise_for_status()\n",
  },
  {
    name: "the same constant in both files",
    file: CLIENT,
    from: "ATTEMPTS = 5\n",
    to: "ATTEMPTS = 5\nPAGE_SIZE = 100\n",
  },
  {
    name: "an address of a schema",
    file: CLIENT,
    from: "ATTEMPTS = 5\n",
    to: 'ATTEMPTS = 5\nNAMESPACE = "http://www.w3.org/2005/Atom"\n',
  },
  {
    name: "an option in other letters",
    from: 'table_options.get("lookback_seconds", "60")',
    to: 'table_options.get("Lookback_Seconds", "60")',
  },
  {
    name: "headers of an answer in a log",
    file: CLIENT,
    from: "                response.raise_for_status()\n",
    to: '                print(f"limit: {response.headers}")\n                response.raise_for_status()\n',
  },
  {
    name: "a module of a package that is imported by name",
    file: CLIENT,
    from: "import requests\n",
    to: "import requests\nfrom databricks.labs.community_connector.sources.harbour.harbour import SCHEMAS  # noqa: F401\n\nKNOWN = len(SCHEMAS)\n",
  },
  {
    name: "a cursor that is text compared as text",
    from: 'latest = max((record["updated_at"] for record in records), default=cursor)',
    to: 'latest = max((record["updated_at"] for record in records), default=cursor)\n        if cursor and latest < cursor:\n            raise ValueError("the source went back")',
  },
];
