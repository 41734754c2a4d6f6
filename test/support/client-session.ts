/** A client part in a Python process, without any target around it. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import { sourceOfKind } from "../../src/frontends/session.ts";
import { separateModules } from "../../src/python/modules.ts";
import { formatPython } from "../../src/python/ruff.ts";
import { parseExactly } from "../../src/sources/answers/exact.ts";
import type { Record_ } from "../../src/sources/record.ts";
import { ensurePythonEnv, type PythonEnv, pythonParts } from "../../src/system/python-env.ts";
import { temporaryDirectory } from "./run-cli.ts";

/** One place in the generated code that is changed before it is run. */
export interface Change {
  from: string;
  to: string;
}

export interface WrittenClient {
  directory: string;
  python: PythonEnv;
}

/** Writes the client part's modules and tests, and these scripts beside them. */
export async function writeClientPart(
  blueprint: Blueprint,
  scripts: { [path: string]: string },
  change?: Change,
): Promise<WrittenClient> {
  const { kind } = blueprint.source;
  const python = await ensurePythonEnv({ parts: pythonParts(kind) });
  const directory = await temporaryDirectory();
  const part = await (await sourceOfKind(kind)).client(blueprint, { single: false });
  const tests = part.tests.map((one) => ({ ...one, content: one.content.replace("#: body\n", "\n") }));
  const files = await formatPython([...separateModules(part.modules), ...tests], python);
  const changed = files.map(({ path, content }) => ({
    path,
    content: change === undefined ? content : content.replace(change.from, () => change.to),
  }));
  for (const { path, content } of [
    ...changed,
    ...Object.entries(scripts).map(([path, content]) => ({ path, content })),
  ]) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return { directory, python };
}

/** Python: records as JSON in which no digit is lost. What JSON has no word for becomes text. */
export const PLAIN = `
from decimal import Decimal

def exact(value, nested=False):
    if isinstance(value, Decimal):
        return float(value) if nested else format(value, "f")
    if isinstance(value, dict):
        return {name: exact(item, True) for name, item in value.items()}
    return [exact(item, True) for item in value] if isinstance(value, list) else value

def plain(records):
    return [{name: exact(value) for name, value in record.items()} for record in records]
`;

/** Pauses are noted and cut short; limits on silence are seconds instead of hours. */
const SCRIPT = `
import importlib, importlib.util, json, logging, sys, time
pauses, sleep = [], time.sleep
time.sleep = lambda seconds: pauses.append(seconds) or sleep(min(seconds, 0.01))
logging.basicConfig(stream=sys.stderr)
import reading
FAILURES = {"database": "DatabaseError", "files": "FileError", "api": "ApiError"}
name = next(name for name in FAILURES if importlib.util.find_spec(name))
client_part = importlib.import_module(name)
Failure = getattr(client_part, FAILURES[name])
for name, limit in {"SILENCE_SECONDS": 1, "STATEMENT_TIMEOUT_SECONDS": 1, "LOCK_TIMEOUT_SECONDS": 5}.items():
    if hasattr(client_part, name):
        setattr(client_part, name, limit)
${PLAIN}
for line in sys.stdin:
    order = json.loads(line)
    table = next(one for one in reading.TABLES if one.name == order["table"])
    pauses.clear()
    out = {"records": [], "saved": order["saved"], "error": None}
    try:
        client_part.validate_configuration(order["configuration"])
        with client_part.Client(order["configuration"]) as client:
            if order["whole"]:
                for page in reading.read_whole(client, table):
                    out["records"] += plain(page)
            else:
                for page, saved in reading.read_changes(client, table, out["saved"]):
                    out["records"] += plain(page)
                    out["saved"] = saved
    except (Failure, ValueError) as error:
        out["error"] = str(error)
    print(json.dumps({**out, "pauses": pauses}, default=str), flush=True)
`;

export interface Reading {
  records: Record_[];
  saved: object;
  /** What the client part says of a source it cannot read or a configuration it cannot use; anything else ends the process. */
  error: string | null;
  /** Seconds of each pause. */
  pauses: number[];
}

export interface ReadOptions {
  /** Without it what is new since then is read, all if nothing was saved. */
  whole?: boolean;
  saved?: object;
  /** Laid over the session's. */
  configuration?: Record<string, string>;
}

export interface ClientSession {
  /** Each time with a client of its own. */
  read(table: string, options?: ReadOptions): Promise<Reading>;
  close(): Promise<void>;
}

/** One process that reads again and again. */
export async function openClientSession(
  blueprint: Blueprint,
  configuration: Record<string, string>,
  change?: Change,
): Promise<ClientSession> {
  const { directory, python } = await writeClientPart(blueprint, { "session.py": SCRIPT }, change);
  const running = execa(python.python, ["session.py"], {
    cwd: directory,
    stdin: "pipe",
    buffer: { stdout: false },
    reject: false,
  });
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  return {
    read: async (table, { whole = false, saved = {}, configuration: more = {} } = {}) => {
      const order = { table, whole, saved, configuration: { ...configuration, ...more } };
      running.stdin.write(`${JSON.stringify(order)}\n`);
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
