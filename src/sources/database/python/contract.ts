/** The database in the tests that a connector ships with: a file made of SQL, or what a server's driver answered. */
import { fileURLToPath } from "node:url";
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import { expression, pythonLiteral } from "../../../python/python-literal.ts";
import { render } from "../../../python/render.ts";
import type { DriverTape, KeptParts } from "../../kind.ts";
import { type DatabaseBlueprint, DEFAULT_PORTS } from "../complete.ts";

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));
const TAPE = fileURLToPath(new URL("./tape.py", import.meta.url));

/** Of the engines that a stand-in can be a server of. */
const DRIVERS = { postgresql: "psycopg", mysql: "pymysql" } as const;

export function whyNotKept(blueprint: Blueprint): string | undefined {
  const { engine } = blueprintOf(blueprint, "database").source;
  return engine === "sqlserver" ? "nothing here can stand in for SQL Server, whose answers would be kept" : undefined;
}

export function tapeOf(blueprint: Blueprint): DriverTape | undefined {
  const { engine } = blueprintOf(blueprint, "database").source;
  return engine === "postgresql" || engine === "mysql" ? { path: TAPE, driver: DRIVERS[engine] } : undefined;
}

export function keptModule({ blueprint, configuration, files, max_requests }: KeptParts): string {
  const own = blueprintOf(blueprint, "database");
  const { engine } = own.source;
  if (engine !== "postgresql" && engine !== "mysql") {
    const path = expression("str(path)");
    return render(TEMPLATES, "contract/file.py", { configuration: pythonLiteral({ ...configuration, path }) });
  }
  const kinds = KINDS.filter((kind) => files.some(({ content }) => content.includes(`{"${kind}": `)));
  return render(TEMPLATES, "contract/server.py", {
    engine,
    driver: DRIVERS[engine],
    // The stand-in's port was any free one.
    configuration: pythonLiteral({ ...configuration, port: String(DEFAULT_PORTS[engine]) }),
    max_requests,
    readers: kinds.map((kind) => [kind, READERS[kind]]),
    kinds: Object.fromEntries(KINDS.map((kind) => [kind, kinds.includes(kind)])),
    times: kinds.filter((kind) => ["date", "datetime", "time", "timedelta"].includes(kind)),
    loaders: engine === "postgresql" && hasTimes(own),
  });
}

/** The driver is told to leave times alone. */
function hasTimes({ tables }: DatabaseBlueprint): boolean {
  return tables.some(({ columns }) => columns.some(({ type }) => /^(date|timestamp|local_timestamp)$/.test(type)));
}

/** As `tape.py` names them; within a text that is kept, quotes are escaped. */
const READERS = {
  Decimal: "Decimal",
  UUID: "UUID",
  bytes: "base64.b64decode",
  date: "date.fromisoformat",
  datetime: "datetime.fromisoformat",
  float: "float",
  json: "json.loads",
  time: "time.fromisoformat",
  timedelta: "lambda parts: timedelta(*parts)",
} as const;
const KINDS = Object.keys(READERS) as (keyof typeof READERS)[];
