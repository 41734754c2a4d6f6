/** The part of a connector that reads a database: Python, the same for every target. */
import { fileURLToPath } from "node:url";
import { type Blueprint, blueprintOf } from "../../artifacts/blueprint.ts";
import type { Engine } from "../../artifacts/kinds/database.ts";
import type { ClientPart, PythonModule } from "../../python/client-part.ts";
import { CLIENT_TEMPLATES } from "../../python/client-templates.ts";
import { globalNames } from "../../python/modules.ts";
import { hashTemplates, render, templateConstants } from "../../python/render.ts";
import type { DatabaseBlueprint } from "./complete.ts";
import { conversionCode } from "./python/conversions.ts";
import { savedValueOf } from "./python/queries.ts";
import { partsOf, type TablesView, tablesView } from "./python/tables.ts";
import { testsView } from "./python/tests-view.ts";

const TEMPLATES = [fileURLToPath(new URL("./python/templates", import.meta.url)), CLIENT_TEMPLATES];

/** Drivers, pinned to what this was tested with. SQLite's is Python's own. */
const DRIVERS: { readonly [E in Engine]: string[] } = {
  postgresql: ["psycopg[binary]==3.3.9"],
  mysql: ["PyMySQL==1.2.4"],
  sqlite: [],
  // For TLS it wants pyOpenSSL, and that cryptography. Not run here.
  sqlserver: ["python-tds==1.17.1", "pyOpenSSL==26.4.0", "cryptography==49.0.0"],
};

/** For drivers that have to be given a list of public authorities. */
const AUTHORITIES = "certifi==2026.10.18";

function requirementsOf({ engine, own_authority }: DatabaseBlueprint["source"]): string[] {
  const listed = (engine === "postgresql" || engine === "sqlserver") && own_authority === undefined;
  return [...DRIVERS[engine], ...(listed ? [AUTHORITIES] : [])];
}

export async function databaseTemplatesHash(): Promise<string> {
  return hashTemplates(...TEMPLATES);
}

/** Throws `UserError` for a table that advances by a column it cannot advance by. */
export async function databaseClient(blueprint: Blueprint): Promise<ClientPart> {
  const own = blueprintOf(blueprint, "database");
  const tables = tablesView(own, templateConstants(...TEMPLATES));
  const view = viewOf(own, tables);
  const modules: PythonModule[] = [
    {
      name: "database",
      heading: "Access to the database",
      content: render(TEMPLATES, `engines/${view.engine}.py`, view),
    },
    { name: "reading", heading: "What is read", content: render(TEMPLATES, "reading.py", view) },
  ];
  return {
    modules,
    clientModule: "database",
    names: globalNames(modules),
    values: "json",
    offers: { changes: view.any_changes, deletes: false, flags: view.any_flag },
    savedDoc: view.any_changes
      ? ["value: the highest value of the column that tells what is new, among the rows written, as text"]
      : [],
    requirements: requirementsOf(own.source),
    tests: [
      {
        path: "tests/test_reading.py",
        content: render(TEMPLATES, "tests/test_reading.py", { ...view, ...testsView(own, tables) }),
      },
    ],
  };
}

function viewOf(blueprint: DatabaseBlueprint, views: TablesView) {
  const { source, tables, configuration } = blueprint;
  const { engine } = source;
  const advancing = tables.filter(({ advance }) => advance.kind === "column");
  const flags = tables.flatMap(({ deletes }) => (deletes.kind === "flag" ? [deletes] : []));
  const valued = flags.filter(({ values }) => values.length > 0);
  const functions = views.conversions.map((conversion) => conversionCode(engine, conversion));
  const saved = new Set(tables.map((table) => savedValueOf(engine, table)));
  if (saved.has("earlier")) functions.push(EARLIER);
  const parts = partsOf(engine, tables);
  const uses = (text: string) => functions.some((code) => code.includes(text));
  return {
    name: blueprint.name,
    engine,
    required: configuration.filter(({ required }) => required).map(({ key, description }) => ({ key, description })),
    defaults: configuration.flatMap(({ key, default: value }) =>
      value === undefined ? [] : [{ key, default: value }],
    ),
    secrets: configuration.some(({ secret }) => secret),
    text_types: textTypes(blueprint),
    own_authority: source.own_authority === true,
    resumes: advancing.length > 0 && engine !== "sqlite",
    any_changes: advancing.length > 0,
    all_changes: advancing.length === tables.length,
    any_lookback: parts.lookback,
    any_times: parts.times,
    any_convert: parts.convert,
    any_flag: flags.length > 0,
    all_flag: flags.length === tables.length,
    flag_values: valued.length > 0,
    flag_values_else: valued.length === flags.length ? "" : "; without any, if it is true or not null",
    flag_test: 'value not in (None, False, "")',
    functions,
    uses: {
      base64: uses("base64."),
      json: uses("json.loads"),
      datetime: saved.has("earlier"),
      decimal: uses("Decimal") || views.tables.some(({ expression }) => /(value|rank)=Decimal/.test(expression)),
      saved_number: parts.value && saved.has("number"),
      lookback: parts.value && saved.has("earlier"),
    },
    tables: views.tables,
    table_constants: views.table_constants,
  };
}

/** The types that are taken as text, as the driver names them. */
function textTypes({ source, tables }: DatabaseBlueprint): string {
  if (source.engine === "mysql") {
    const declared = tables.flatMap(({ read, columns }) => columns.map(({ name, type }) => read.types[name] ?? type));
    const timed = declared.some((one) => /^(date|time|local_timestamp)/i.test(one));
    return timed ? "FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME" : "";
  }
  const types = new Set(tables.flatMap(({ columns }) => columns.map(({ type }) => type)));
  const found = [
    types.has("date") ? '"date"' : "",
    types.has("timestamp") ? '"timestamptz"' : "",
    types.has("local_timestamp") ? '"timestamp"' : "",
  ].filter(Boolean);
  return found.length === 0 ? "" : `${found.join(", ")},`;
}

const EARLIER = `def earlier(saved: str, seconds: int) -> str:
    """Return a moment that many seconds before another, to the second, in the same notation."""
    separator = saved[10:11] or " "
    moment = datetime.fromisoformat(saved[:19]) - timedelta(seconds=seconds)
    return moment.isoformat(separator)[: len(saved[:19])]`;
