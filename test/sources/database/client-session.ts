/** A client part in one Python process that reads again and again, each time over a connection of its own. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { ensurePythonEnv, pythonParts } from "../../../src/system/python-env.ts";
import { writeClient } from "./read-by-connector.ts";

/** Pauses are noted and not made; limits on silence are seconds instead of hours. */
const SCRIPT = `
import json, logging, sys, time
from decimal import Decimal
pauses = []
time.sleep = pauses.append
logging.basicConfig(stream=sys.stderr)
import database, reading
for name in ("SILENCE_SECONDS", "STATEMENT_TIMEOUT_SECONDS"):
    if hasattr(database, name):
        setattr(database, name, 1)
database.LOCK_TIMEOUT_SECONDS = 5

def text(value):
    return format(value, "f") if isinstance(value, Decimal) else str(value)

def plain(row):
    return {name: None if value is None else text(value) for name, value in row.items()}

for line in sys.stdin:
    order = json.loads(line)
    table = next(one for one in reading.TABLES if one.name == order["table"])
    pauses.clear()
    out = {"rows": [], "saved": order.get("saved", {}), "error": None}
    try:
        with database.Client(order["configuration"]) as client:
            if order["whole"]:
                for rows in reading.read_whole(client, table):
                    out["rows"] += map(plain, rows)
            else:
                for rows, saved in reading.read_changes(client, table, out["saved"]):
                    out["rows"] += map(plain, rows)
                    out["saved"] = saved
    except database.DatabaseError as error:
        out["error"] = str(error)
    print(json.dumps({**out, "pauses": pauses}), flush=True)
`;

export interface Reading {
  /** Values as the text that Python makes of them. */
  rows: Record<string, string | null>[];
  saved: Record<string, string>;
  /** The message of a `DatabaseError`; any other ends the process. */
  error: string | null;
  /** Seconds of each pause. */
  pauses: number[];
}

export interface ClientSession {
  read(order: { table: string; whole: boolean; saved?: Record<string, string> }): Promise<Reading>;
  close(): Promise<void>;
}

export async function openClientSession(
  blueprint: Blueprint,
  configuration: Record<string, string>,
): Promise<ClientSession> {
  const directory = await writeClient(blueprint);
  await writeFile(join(directory, "session.py"), SCRIPT);
  const { python } = await ensurePythonEnv({ parts: pythonParts("database") });
  const running = execa(python, ["session.py"], {
    cwd: directory,
    stdin: "pipe",
    buffer: { stdout: false },
    reject: false,
  });
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  return {
    read: async (order) => {
      running.stdin.write(`${JSON.stringify({ ...order, configuration })}\n`);
      const next = await lines.next();
      if (next.done) throw new Error((await running).stderr);
      return JSON.parse(next.value) as Reading;
    },
    close: async () => {
      running.stdin.end();
      await running;
    },
  };
}
