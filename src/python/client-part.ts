/**
 * The part of a connector that talks to a source: Python written by a source kind, used by every target as it is. It is
 * the only thing of a source kind, besides the blueprint, that a target is given.
 *
 * What its modules offer to the target's shell (the contract is in Python, because both sides of it are):
 *
 * The first module (`api`, `database`, `files`):
 * - `validate_configuration(configuration: dict) -> None`: `ValueError` naming the key, before anything is asked.
 * - `Client(configuration: dict)`: a context manager.
 *
 * The module `reading`:
 * - `TABLES: tuple[Table, ...]`, parents before children; a `Table` has `name: str` and `primary_key: tuple[str, ...]`.
 * - `read_whole(client, table) -> Iterator[list[dict]]`: pages of all records as they are now, of any table. It may be
 *   missing where every table advances, has a key and has no parent.
 * - `read_changes(client, table, saved: dict) -> Iterator[tuple[list[dict], dict]]`: pages of what is new since `saved`
 *   (`{}`: everything), each with what to save once its records are written. Saved values are small JSON objects, are never
 *   changed after they were yielded, and equal the one before where reading could not go on from this page. A page may be
 *   empty: then only the saved value matters. Only when some table advances.
 * - `read_deletes(client, table, saved: dict) -> Iterator[tuple[list[dict], dict]]`: the same for keys of deleted records,
 *   with a saved value of its own. Only when some table has a feed of deletes.
 * - `is_deleted(table, record) -> bool`: only when some table has a flag, or is of files that are followed; a
 *   record that is deleted has its key, and may have nothing else.
 *
 * Modules log by `log = logging.getLogger(__name__)` and know no target's SDK; a shell leads the lines where they belong.
 *
 * Records are dicts as the source gives them, nothing flattened, nothing dropped, a parent's columns included.
 */

import type { Blueprint, ConfigurationKey } from "../artifacts/blueprint.ts";

export interface PythonModule {
  /** Without `.py`: `api`, `reading`. */
  name: string;
  /** Stands above the module's code in a connector of one file: `Access to the API`. */
  heading: string;
  /** The line `#: body` parts docstring and imports from the code. Not formatted yet. */
  content: string;
}

/**
 * How values stand in records, by the column's type in the blueprint.
 * - `json`: as JSON has them: dates and timestamps as the source writes them (the column's `format`), `binary` as Base64,
 *   `decimal` as `Decimal` or text, integers of any size as `int`.
 * - `native`: as a driver gives them: `datetime` (with a zone for `timestamp`, without for `local_timestamp`), `date`,
 *   `Decimal`, `bytes`; `json` columns hold parsed values.
 */
export type ValueForm = "json" | "native";

/**
 * What the shared module `timestamps` offers (`timestamps.ts`), functions taking any value and raising `ValueError` for one that is no time.
 * - `parse_timestamp`: ISO 8601, without a zone in the text none in the result.
 * - `parse_utc`: the same, without a zone in UTC.
 * - `parse_epoch_seconds`, `parse_epoch_milliseconds`: a count since 1970.
 * - `ISO_TIMESTAMP`: the pattern of ISO 8601. `EPOCH`: the beginning of 1970.
 */
export type TimestampName =
  | "parse_timestamp"
  | "parse_utc"
  | "parse_epoch_seconds"
  | "parse_epoch_milliseconds"
  | "ISO_TIMESTAMP"
  | "EPOCH";

/**
 * Writes the client part for a blueprint. A target asks for it by the blueprint as its platform can take it, which may
 * read more than the one that was stated, never less. Throws `UserError` where no connector can be written.
 */
export type ClientOf = (blueprint: Blueprint) => Promise<ClientPart>;

export interface ClientPart {
  /** In the order in which one file has to define them; the last one is `reading`. */
  modules: PythonModule[];
  /** Name of the module that has `Client` and `validate_configuration`. */
  clientModule: string;
  /** Upper-case and other global names that the modules use: a shell must not take them. */
  names: string[];
  values: ValueForm;
  /** Whether fractions in nested values are `Decimal`s; without it they are where some column is a decimal. */
  nestedDecimals?: boolean;
  /** Which of the optional functions of `reading` are there. */
  offers: { changes: boolean; deletes: boolean; flags: boolean };
  /** Whether `read_whole` may give a record twice, in two versions even, where the source changes while it is read. */
  repeats?: boolean;
  /** What a table's saved value holds, a line each, for the docstring that explains the connector's state. */
  savedDoc: string[];
  /** All keys of the configuration, where that is more than the blueprint's: what the client reads comes from it. */
  configuration?: readonly ConfigurationKey[];
  /** What the modules import from the shared module `timestamps` (see `timestamps.ts`), which is then one of them. */
  timestamps?: readonly TimestampName[];
  /** Lines for requirements.txt, pinned: `psycopg[binary]==3.3.9`. What the targets' runtimes always have is left out. */
  requirements: string[];
  /**
   * Tests of the client part, under `tests/`, of `unittest`, without network. Not formatted yet. They name modules as
   * they are in files of their own, also for a connector of one file: `from api import Client`, `patch("api.log")`.
   */
  tests: { path: string; content: string }[];
}
