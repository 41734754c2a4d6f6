/** The shell around a client part that is no kind's: native values, names that collide, and a source without logs. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, blueprintSchema } from "../../../src/artifacts/blueprint.ts";
import type { ClientPart } from "../../../src/python/client-part.ts";
import { mergeModules, testOfOneFile } from "../../../src/python/modules.ts";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { syncFivetran } from "../../../src/targets/fivetran/debugger/sync.ts";
import { generateFivetran } from "../../../src/targets/fivetran/generate.ts";
import { lintFivetran } from "../../../src/targets/fivetran/lint.ts";
import { verifies } from "../../support/verifies.ts";
import { python } from "./generated.ts";
import { rowsOf, temporaryWarehouse } from "./run-fixture.ts";

const LAYOUTS = ["modular", "single"] as const;

/** A source in the connector's own process: what a driver would give, and a saved value that counts what was read. */
const READING = `"""Rows of a table, as a driver gives them."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from database import Client
#: body

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Table:
    """A table of the source."""

    name: str
    primary_key: tuple[str, ...]


# Named as the shell would name something of its own.
COLUMNS = Table("columns", ("id",))
TYPES = Table("types", ("id", "_fivetran_part"))
REPLACED = Table("replaced", ("id",))
TABLES = (COLUMNS, TYPES, REPLACED)

ZONE = timezone(timedelta(hours=5, minutes=30))
ROW = {
    "at": datetime(2024, 2, 29, 12, 30, 0, 123456, ZONE),
    "wall": datetime(2024, 2, 29, 12, 30, 0, 1),
    "day": date(1, 1, 1),
    "amount": Decimal("-12345678901234567890123456789.123456789"),
    "big": 2**70,
    "raw": memoryview(b"\\x00\\xff"),
    "ratio": float("-inf"),
    "order": "",
    "nested": {"a": [Decimal("0.5"), None], "b": ""},
    "unknown": 0.1,
}


def read_whole(client: Client, table: Table) -> Iterator[list[dict]]:
    """Yield pages, an empty one first."""
    yield []
    yield [{"id": 1, **ROW}, {"id": 2}]


def read_changes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield one row per sync."""
    log.warning(f"{table.name}: after {saved}")
    number = saved.get("number", 0) + 1
    yield [{"id": number, "_fivetran_part": "x", **ROW}], saved
    yield [], {"number": number}


def read_deletes(client: Client, table: Table, saved: dict) -> Iterator[tuple[list[dict], dict]]:
    """Yield the key before the last."""
    number = saved.get("number", 0)
    yield [{"id": number, "_fivetran_part": "x"}], {"number": number + 1}
`;

const DATABASE = `"""Access to nothing."""
#: body


class Client:
    """A session with the source."""

    def __init__(self, configuration: dict):
        self.host = configuration["host"]

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object):
        self.host = ""


def validate_configuration(configuration: dict):
    """Raise ValueError naming the key that is missing."""
    if not configuration.get("host"):
        raise ValueError("The configuration's 'host' is missing")
`;

const client: ClientPart = {
  modules: [
    { name: "database", heading: "Access", content: DATABASE },
    { name: "reading", heading: "Reading", content: READING },
  ],
  clientModule: "database",
  names: ["Client", "validate_configuration", "COLUMNS", "TYPES", "REPLACED", "TABLES", "ROW", "ZONE"],
  values: "native",
  nestedDecimals: true,
  offers: { changes: true, deletes: true, flags: false },
  savedDoc: ["- number: how many rows were read"],
  requirements: ["psycopg[binary]==3.3.9"],
  tests: [],
};

const COLUMNS = [
  { name: "at", type: "timestamp" },
  { name: "wall", type: "local_timestamp" },
  { name: "day", type: "date" },
  { name: "amount", type: "decimal", precision: 38, scale: 9 },
  { name: "big", type: "bigint" },
  { name: "raw", type: "binary" },
  { name: "ratio", type: "number" },
  { name: "order", type: "string" },
  { name: "nested", type: "json" },
];

const table = (name: string, rest: object) => ({
  name,
  primary_key: ["id"],
  columns: [{ name: "id", type: "integer", nullable: false }, ...COLUMNS],
  read: { kind: "rest", path: `/${name}`, records: "", pagination: { style: "none" } },
  advance: { kind: "full" },
  deletes: { kind: "none" },
  ...rest,
});

/** The shell looks at nothing of a kind: that this one is called REST does not matter. */
const blueprint: Blueprint = blueprintSchema.parse({
  version: 1,
  name: "native",
  title: "Native",
  source: { kind: "rest", base_url: "https://api.example.com", auth: { kind: "none" } },
  configuration: [{ key: "host", description: "Host", secret: false, required: true }],
  tables: [
    table("columns", {}),
    table("types", {
      primary_key: ["id", "_fivetran_part"],
      columns: [{ name: "id", type: "integer" }, { name: "_fivetran_part", type: "string" }, ...COLUMNS],
      advance: { kind: "cursor", column: "at", param: "since" },
      deletes: { kind: "feed", path: "/gone", records: "", keys: { id: "id", _fivetran_part: "part" } },
    }),
    table("replaced", { deletes: { kind: "absence" } }),
  ],
  claims: {},
});

const directories = new Map<string, string>();

beforeAll(async () => {
  for (const layout of LAYOUTS) {
    const directory = await mkdtemp(join(tmpdir(), "syncsmith-shell-"));
    directories.set(layout, directory);
    for (const { path, content } of await generateFivetran(blueprint, {
      layout,
      client: async () => client,
      python: await ensurePythonEnv(),
    })) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
  }
  return async () => {
    for (const directory of directories.values()) await rm(directory, { recursive: true, force: true });
  };
});

describe.each(LAYOUTS)(verifies("fivetran.layouts", "any client part, %s"), (layout) => {
  test("passes its own tests and the platform's rules", { timeout: 30_000 }, async () => {
    const directory = directories.get(layout) ?? "";
    const tests = await python(directory, ["-m", "unittest", "discover", "tests"]);
    expect(tests.output).toMatch(/\nOK\n?$/);
    expect(await lintFivetran(directory, await ensurePythonEnv())).toEqual([]);
  });

  test("values arrive as the driver gave them, saved values come back, logs reach the platform", {
    timeout: 30_000,
  }, async () => {
    const warehouse = await temporaryWarehouse();
    const request = {
      directory: directories.get(layout) ?? "",
      warehouse,
      configuration: { host: "here" },
      name: "sync",
    };
    const env = await ensurePythonEnv();
    const first = await syncFivetran({ ...request, state: {} }, env);
    expect(first.reason).toBeUndefined();
    expect(first.state).toEqual({
      types: { number: 1 },
      "types:deletes": { number: 1 },
      replaced: { rows: 2 },
    });
    const stored = {
      at: "2024-02-29T07:00:00.123456Z",
      wall: "2024-02-29T12:30:00.000001",
      day: "0001-01-01",
      amount: "-12345678901234567890123456789.123456789",
      big: "1180591620717411303424",
      raw: "AP8=",
      ratio: "-Infinity",
      order: "",
      nested: '{"a":[0.5,null],"b":""}',
      unknown: "0.1",
    };
    const rows = await rowsOf(warehouse, "columns");
    expect(rows.find((row) => row.id === "1")).toMatchObject(stored);
    expect(rows).toHaveLength(2);
    expect(await rowsOf(warehouse, "replaced")).toHaveLength(2);

    const second = await syncFivetran({ ...request, state: first.state, name: "second" }, env);
    expect(second.reason).toBeUndefined();
    expect(second.state).toMatchObject({ types: { number: 2 }, "types:deletes": { number: 2 } });
    expect((await rowsOf(warehouse, "types")).map((row) => row.id)).toEqual(["2"]);
    const told = second.logs.filter(({ origin }) => origin === "connector");
    expect(told.map(({ level, text }) => `${level} ${text}`)).toEqual(
      expect.arrayContaining([
        expect.stringContaining("warning types: after {'number': 1}"),
        expect.stringContaining("info columns: 2 records read"),
        expect.stringContaining("info All tables are read"),
      ]),
    );
  });

  test("a value of another kind than its column's is an error that names both", { timeout: 30_000 }, async () => {
    const models = layout === "single" ? "connector" : "models";
    const reading = layout === "single" ? "connector" : "reading";
    const wrong = {
      at: "datetime(2024, 1, 1)",
      wall: "datetime(2024, 1, 1, tzinfo=timezone.utc)",
      day: "datetime(2024, 1, 1, 12)",
      amount: 'Decimal("NaN")',
      raw: "7",
      ratio: '"much"',
    };
    const script = [
      "from datetime import datetime, timezone",
      "from decimal import Decimal",
      `from ${models} import shape_row`,
      `from ${reading} import TABLES`,
      ...Object.entries(wrong).flatMap(([column, value]) => [
        "try:",
        `    print(shape_row(TABLES[0], {"id": 1, "${column}": ${value}}, 1))`,
        "except ValueError as error:",
        "    print(error)",
      ]),
    ];
    const { output } = await python(directories.get(layout) ?? "", ["-c", script.join("\n")]);
    const lines = output.trim().split("\n");
    expect(lines).toHaveLength(Object.keys(wrong).length);
    for (const [index, column] of Object.keys(wrong).entries())
      expect(lines[index]).toMatch(new RegExp(`^columns\\.${column}: cannot read `));
  });
});

describe("modules in one file", () => {
  const module = (name: string, body: string) => ({
    name,
    heading: name,
    content: `"""${name}"""\n\nimport os\n#: body\n${body}`,
  });

  test("two that define the same name are refused", () => {
    expect(() => mergeModules([module("a", "\n\ndef f():\n    pass\n"), module("b", "\nf = 1\n")], "c.py")).toThrow(
      "The modules a and b both define f",
    );
  });

  test("imports of each other and repeated loggers go, other imports stay once", () => {
    const log = "\nlog = logging.getLogger(__name__)\n";
    const first = { ...module("a", `${log}X = 1\n`) };
    const second = {
      ...module("b", log),
      content: `"""b"""\n\nimport os\nfrom a import X\nfrom abc import ABC\n#: body\n${log}Y = X\n`,
    };
    const { content } = mergeModules([first, second], "c.py");
    expect(content.match(/getLogger/g)).toHaveLength(1);
    expect(content.match(/^import os$/gm)).toHaveLength(1);
    expect(content).not.toContain("from a import");
    expect(content).toContain("from abc import ABC");
    expect(content.startsWith('"""b"""')).toBe(true);
  });

  test("tests name the file instead of the modules, and nothing else of that name", () => {
    const source = 'from a import X\nimport abc\nwith patch("a.log"), patch("abc.log"):\n    text = "a.log"\n';
    const { content } = testOfOneFile({ path: "t.py", content: source }, [module("a", "")], "c");
    expect(content).toBe('from c import X\nimport abc\nwith patch("c.log"), patch("abc.log"):\n    text = "a.log"\n');
  });
});
