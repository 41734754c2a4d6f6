/** Reads tables by the client part of a connector, without any target around it. */
import { execa } from "execa";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { ensurePythonEnv, pythonParts } from "../../../src/system/python-env.ts";
import { writeClientPart } from "../../support/client-session.ts";

/** Numbers as the text Python writes, so that nothing is lost on the way here. */
const SCRIPT = `
import json, sys, time
# Whoever tries again does so at once.
time.sleep = lambda seconds: None
from database import Client, validate_configuration
import reading

given = json.load(sys.stdin)
validate_configuration(given["configuration"])
table = next(one for one in reading.TABLES if one.name == given["table"])

def shown(value):
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)

out = {"rows": [], "saved": []}
with Client(given["configuration"]) as client:
    if "saved" in given:
        for rows, saved in reading.read_changes(client, table, given["saved"]):
            out["rows"] += rows
            out["saved"].append(saved)
    else:
        for rows in reading.read_whole(client, table):
            out["rows"] += rows
out["rows"] = [{name: shown(value) for name, value in row.items()} for row in out["rows"]]
json.dump(out, sys.stdout)
`;

export type ReadRow = Record<string, string | boolean | null>;

/** The directory with the client part's modules. */
export async function writeClient(blueprint: Blueprint): Promise<string> {
  return (await writeClientPart(blueprint, { "run.py": SCRIPT })).directory;
}

const written = new WeakMap<Blueprint, string>();

export async function readByConnector(
  blueprint: Blueprint,
  configuration: Record<string, string>,
  table: string,
): Promise<ReadRow[]> {
  const directory = await (written.get(blueprint) ?? writeClient(blueprint));
  written.set(blueprint, directory);
  return (await runClient(directory, { configuration, table })).rows;
}

export interface ClientRun {
  configuration: Record<string, string>;
  table: string;
  /** Reads what is new since then; without it all is read. */
  saved?: Record<string, string>;
}

export async function runClient(
  directory: string,
  run: ClientRun,
): Promise<{ rows: ReadRow[]; saved: Record<string, string>[] }> {
  const python = await ensurePythonEnv({ parts: pythonParts("database") });
  const { stdout } = await execa(python.python, ["run.py"], {
    cwd: directory,
    input: JSON.stringify(run),
    maxBuffer: 100_000_000,
  });
  return JSON.parse(stdout) as { rows: ReadRow[]; saved: Record<string, string>[] };
}
