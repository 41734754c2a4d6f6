/** A hand-written client part, a blueprint to go with it, and connectors generated around it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type Blueprint, blueprintSchema, type ColumnType } from "../../../src/artifacts/blueprint.ts";
import type { ClientPart, ValueForm } from "../../../src/python/client-part.ts";
import { mergeModules, separateModules } from "../../../src/python/modules.ts";
import { formatPython } from "../../../src/python/ruff.ts";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { connectorModules } from "../../../src/targets/lakeflow/generate/modules.ts";
import { refuseImpossible } from "../../../src/targets/lakeflow/generate/refuse.ts";
import { syncLakeflow } from "../../../src/targets/lakeflow/sync.ts";
import type { SyncRequest, SyncResult } from "../../../src/targets/target.ts";
import { openWarehouse } from "../../../src/warehouse/open.ts";
import type { Cell, Warehouse } from "../../../src/warehouse/warehouse.ts";

export interface JournalTable {
  name: string;
  key?: string[];
  columns: Record<string, ColumnType | Record<string, unknown>>;
  advance?: Record<string, unknown>;
  deletes?: Record<string, unknown>;
  /** Arguments of the client part's `Table`, in Python. */
  python?: string;
}

export function journalBlueprint(tables: readonly JournalTable[]): Blueprint {
  return blueprintSchema.parse({
    version: 1,
    name: "journal_source",
    title: "Journal",
    description: "All that was written down.",
    source: { kind: "file", store: "local", location: "journal" },
    configuration: [{ key: "path", description: "Where the journal is.", secret: false, required: true }],
    tables: tables.map(({ name, key, columns, advance, deletes }) => ({
      name,
      primary_key: key ?? ["id"],
      columns: Object.entries(columns).map(([column, type]) =>
        typeof type === "string" ? { name: column, type } : { name: column, ...type },
      ),
      read: { kind: "file", pattern: `${name}.json`, content: { format: "json" } },
      advance: advance ?? { kind: "full" },
      deletes: deletes ?? { kind: "none" },
    })),
    claims: {},
  });
}

export async function journalClient(tables: readonly JournalTable[], values: ValueForm = "json"): Promise<ClientPart> {
  const read = (name: string) => readFile(fileURLToPath(new URL(`client/${name}.py`, import.meta.url)), "utf8");
  const definitions = tables.map(({ name, key = ["id"], python = "" }) => {
    const keys = `(${key.map((column) => `${JSON.stringify(column)},`).join(" ")})`;
    return `Table(${JSON.stringify(name)}, ${keys}${python === "" ? "" : `, ${python}`}),`;
  });
  const reading = (await read("reading")).replace("__TABLES__", definitions.join("\n"));
  const has = (kinds: readonly unknown[]) => tables.some(({ deletes }) => kinds.includes(deletes?.kind));
  return {
    modules: [
      { name: "journal", heading: "Access to the journal", content: await read("journal") },
      { name: "reading", heading: "Reading", content: reading },
    ],
    clientModule: "journal",
    names: ["TABLES"],
    values,
    offers: { changes: true, deletes: has(["feed"]), flags: has(["flag"]) },
    savedDoc: ["cursor: how far the table was read"],
    requirements: [],
    tests: [],
  };
}

export interface Connector {
  directory: string;
  blueprint: Blueprint;
  journal: string;
  /** Content of a file of the connector. */
  text: (path: string) => Promise<string>;
  rewrite: (path: string, change: (text: string) => string) => Promise<void>;
  write: (journal: object) => Promise<void>;
  writeText: (journal: string) => Promise<void>;
}

/** The connector of these tables in a directory that ends with the test. */
export async function journalConnector(
  tables: readonly JournalTable[],
  options: { layout?: "modular" | "single"; values?: ValueForm } = {},
): Promise<Connector> {
  const directory = await temporaryDirectory();
  const blueprint = journalBlueprint(tables);
  const client = await journalClient(tables, options.values);
  refuseImpossible(blueprint, client);
  const modules = connectorModules(blueprint, client);
  const main = `${blueprint.name}.py`;
  const files = options.layout === "single" ? [mergeModules(modules, main)] : separateModules(modules);
  for (const file of await formatPython(files, await ensurePythonEnv())) {
    const path = join(directory, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content);
  }
  const journal = join(await temporaryDirectory(), "journal.json");
  const text = (path: string) => readFile(join(directory, path), "utf8");
  return {
    directory,
    blueprint,
    journal,
    text,
    rewrite: async (path, change) => {
      const before = await text(path);
      const after = change(before);
      if (after === before) throw new Error(`Nothing was changed in ${path}.`);
      await writeFile(join(directory, path), after);
    },
    write: (content) => writeFile(journal, JSON.stringify(content)),
    writeText: (content) => writeFile(journal, content),
  };
}

export async function temporaryWarehouse(): Promise<Warehouse> {
  const directory = await temporaryDirectory();
  const warehouse = await openWarehouse(join(directory, "warehouse.db"));
  onTestFinished(() => warehouse.close());
  return warehouse;
}

export async function sync(
  connector: Connector,
  warehouse: Warehouse,
  request: Partial<SyncRequest> = {},
): Promise<SyncResult> {
  const { configuration, ...rest } = request;
  return await syncLakeflow(
    {
      directory: connector.directory,
      blueprint: connector.blueprint,
      configuration: { path: connector.journal, ...configuration },
      state: {},
      warehouse,
      name: "test",
      idleSeconds: 30,
      totalSeconds: 60,
      ...rest,
    },
    await ensurePythonEnv(),
  );
}

/** Rows of a table, sorted by their text. */
export async function rowsOf(warehouse: Warehouse, table: string): Promise<Cell[]> {
  const rows: Cell[] = [];
  for await (const row of warehouse.rows(table)) rows.push(row);
  return rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-lakeflow-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
