/** What a driver answered is written down and given back to the last digit and type, and never half. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, expect, test } from "vitest";
import { databaseSource } from "../../../src/sources/database/database.ts";
import { ensurePythonEnv, pythonParts } from "../../../src/system/python-env.ts";
import { kindBlueprint } from "../../support/kind-blueprints.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";
import { verifies } from "../../support/verifies.ts";

/** The driver's class without a server: portions are given out one after the other. */
const DRIVER = `
import base64, json, sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID
import psycopg

answers = []
psycopg.ServerCursor.execute = lambda self, statement, values=None: None
psycopg.ServerCursor.fetchmany = lambda self, size: answers.pop(0)

class Cursor(psycopg.ServerCursor):
    def __init__(self, connection):
        self.__dict__["line"] = connection
    connection = property(lambda self: self.line)
    def __del__(self):
        pass

from tape import Tape
tape = Tape("psycopg")

def ask(connection, statement, values, *portions):
    cursor = Cursor(connection)
    cursor.execute(statement, values)
    answers[:] = list(portions)
    for _ in portions:
        cursor.fetchmany(2)
`;

const VALUES = `[None, True, 2**70, -0.0, 1e-7, float("inf"), Decimal("1.10"), Decimal("-1E+30"), b"\\x00\\xff", "",
    datetime(2026, 3, 29, 2, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))), datetime(1, 1, 1), date(9999, 12, 31),
    time(23, 59, 59, 999999), timedelta(days=-1, microseconds=1), UUID(int=7), {"a": [1, 2.5, None]}, [], '{"Decimal": "1"}']`;

let directory: string;
let python: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  python = (await ensurePythonEnv({ parts: pythonParts("database") })).python;
  const tape = databaseSource.tape?.(kindBlueprint("database"));
  await mkdir(join(directory, "suite"));
  await copyFile(tape?.path ?? "", join(directory, "tape.py"));
});

async function run(script: string): Promise<string> {
  const ended = await execa(python, ["-B", "-c", `${DRIVER}\n${script}`], { cwd: directory, reject: false, all: true });
  return ended.all;
}

test(verifies("contract.shipped", "values of every type come back as the driver gave them"), async () => {
  const text = await run(`
ask("one", "SET time_zone = %s", ("UTC",))
ask("one", "SELECT *\\nFROM t WHERE at >= %s", (Decimal("1.50"),), [tuple(${VALUES})], [])
print(tape.text(), end="")`);
  await writeFile(join(directory, "suite", "first.json"), text);
  const module = databaseSource.keptModule?.({
    blueprint: kindBlueprint("database"),
    configuration: { user: "reader" },
    files: [{ path: "first.json", content: text }],
    max_requests: 10,
  });
  await writeFile(join(directory, "suite", "source.py"), module ?? "");
  const said = await run(`
from suite.source import Source
with Source("first"):
    connection = psycopg.connect()
    connection.execute("SET time_zone = %s", ("UTC",))
    cursor = connection.cursor("rows")
    cursor.execute("SELECT *\\nFROM t WHERE at >= %s", (Decimal("1.50"),))
    rows = cursor.fetchmany(10)
    given = ${VALUES}
    print([one for pair in zip(rows[0], given, strict=True) if repr(pair[0]) != repr(one := pair[1])], cursor.fetchmany(10))
    with_more = psycopg.connect().cursor("rows")
    try:
        with_more.execute("SELECT *\\nFROM t WHERE at >= %s", (Decimal("1.50"),))
    except LookupError as error:
        print(error)`);
  expect(said).toBe(
    "[] []\nSELECT * FROM t WHERE at >= %s with (Decimal('1.50'),) is asked before SET time_zone = %s with ('UTC',)",
  );
});

test(verifies("contract.shipped", "half an answer, two of them, and what cannot be kept are refused"), async () => {
  const cases = [
    ['ask("one", "S", (), [(1,), (2,)]); ask("two", "S", (), [(1,), (2,)], [(3,)])', "[3]"],
    ['ask("one", "S", (), [(1,), (2,)])', "S was never read to its end"],
    ['ask("one", "S", (), [(1,)]); ask("two", "S", (), [(2,)])', "S was answered in two ways"],
    ['ask("one", "S", (), [(range(3),)])', "a value of type range cannot be kept"],
    ['ask("one", "S", (), []); ask("two", "SET a", ()); ask("two", "S", (), [])', "not set up in the same way"],
  ] as const;
  const said = await run(`
for asked in ${JSON.stringify(cases.map(([asked]) => asked))}:
    tape.begin()
    try:
        exec(asked)
        print(tape.text().replace("\\n", " "))
    except (TypeError, ValueError) as error:
        print(error)`);
  const lines = said.split("\n");
  expect(lines).toHaveLength(cases.length);
  for (const [index, [, says]] of cases.entries()) expect(lines[index]).toContain(says);
});
