/** A client part in one Python process that reads again and again, each time with a client of its own. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { parseExactly } from "../../../src/sources/answers/exact.ts";
import type { Record_ } from "../../../src/sources/kind.ts";
import { ensurePythonEnv, pythonParts } from "../../../src/system/python-env.ts";
import { clientProcess } from "./client-part.ts";

/** Pauses and limits on silence are cut short. */
const SCRIPT = `
import json, logging, sys, time
from decimal import Decimal
real_sleep = time.sleep
time.sleep = lambda seconds: real_sleep(min(seconds, 0.01))
logging.basicConfig(stream=sys.stderr)
import files, reading
files.SILENCE_SECONDS = 1

def exact(value, nested=False):
    if isinstance(value, Decimal):
        return float(value) if nested else str(value)
    if isinstance(value, dict):
        return {name: exact(item, True) for name, item in value.items()}
    return [exact(item, True) for item in value] if isinstance(value, list) else value

for line in sys.stdin:
    order = json.loads(line)
    table = next(one for one in reading.TABLES if one.name == order["table"])
    out = {"records": [], "saved": order.get("saved", {}), "error": None}
    try:
        with files.Client(order["configuration"]) as client:
            for page, saved in reading.read_changes(client, table, out["saved"]):
                out["records"] += [{name: exact(value) for name, value in record.items()} for record in page]
                out["saved"] = saved
    except files.FileError as error:
        out["error"] = str(error)
    print(json.dumps(out), flush=True)
`;

export interface Reading {
  records: Record_[];
  saved: object;
  /** The message of a `FileError`; any other ends the process. */
  error: string | null;
}

export interface ClientSession {
  read(table: string, saved?: object): Promise<Reading>;
  close(): Promise<void>;
}

/** `defect`: one place in the generated code that is changed before. */
export async function openClientSession(
  blueprint: Blueprint,
  configuration: Record<string, string>,
  defect?: { from: string; to: string },
): Promise<ClientSession> {
  const { directory } = await clientProcess(blueprint, defect);
  await writeFile(join(directory, "session.py"), SCRIPT);
  const { python } = await ensurePythonEnv({ parts: pythonParts("file") });
  const running = execa(python, ["session.py"], {
    cwd: directory,
    stdin: "pipe",
    buffer: { stdout: false },
    reject: false,
  });
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  return {
    read: async (table, saved) => {
      running.stdin.write(`${JSON.stringify({ table, configuration, ...(saved ? { saved } : {}) })}\n`);
      const next = await lines.next();
      if (next.done) throw new Error((await running).stderr);
      return parseExactly(next.value) as unknown as Reading;
    },
    close: async () => {
      running.stdin.end();
      await running;
    },
  };
}
