/**
 * A stand-in for a place of files: a real folder, or a server on loopback that speaks the store's own protocol, with files
 * made of a seed. It knows only the blueprint, never the connector.
 */
import { createHash } from "node:crypto";
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import type { SimulateOptions, Simulator } from "../../simulator.ts";
import type { FileBlueprint, FileTable } from "../configuration.ts";
import { matcherOf, prefixOf } from "../pattern.ts";
import { makeChange } from "./changes.ts";
import { createTable, type TableState, truthOf } from "./corpus.ts";
import { createDrift } from "./drift.ts";
import type { Shelf, ShelfOptions } from "./shelf.ts";
import { openFolder } from "./shelves/folder.ts";
import { openHttpShelf } from "./shelves/http.ts";
import { openS3Shelf } from "./shelves/s3.ts";
import { openSftpShelf } from "./shelves/sftp.ts";

/**
 * Serves the blueprint until closed. Throws `UserError` when files of two tables could have the same name.
 *
 * Of a table whose deletes do not show (`none`), `truth` drops deleted rows although no destination can know: whoever
 * compares has to leave out the keys in `deleted`.
 */
export async function simulateFiles(blueprint: Blueprint, options: SimulateOptions): Promise<Simulator> {
  const own = blueprintOf(blueprint, "file");
  const states = new Map<string, TableState>();
  const denied = new Map<string, number>();
  let meanwhile: ((request: { table?: string }) => void) | undefined;
  const before = (table: string | undefined) => meanwhile?.(table === undefined ? {} : { table });
  const shelf = await openShelf(own, { ...options, states, denied, before });
  try {
    const { seed, scale = 1 } = options;
    const now = BigInt(options.now?.getTime() ?? Date.now()) * 1000n;
    for (const table of own.tables) states.set(table.name, createTable(table, { seed, scale, shelf, now }));
    refuseShared(own.tables, states);
  } catch (error) {
    await shelf.close();
    throw error;
  }
  const drift = createDrift();
  return {
    baseUrl: shelf.baseUrl,
    proxied: false,
    ...(shelf.addressKey ? { addressKey: shelf.addressKey } : {}),
    configuration: shelf.configuration,
    truth: (table) => structuredClone(truthOf(stateOf(states, table))),
    deleted: (table) => structuredClone(stateOf(states, table).deleted),
    change: (change) => structuredClone(makeChange(stateOf(states, change.table), change)),
    drift: (form, table, count) => structuredClone(drift(form, stateOf(states, table), count)),
    requests: shelf.requests,
    faults: shelf.faults,
    saysChanged: (words) => /\bchang(?:ed|es|ing)\b/i.test(words) && namesFile(words, states),
    // Nobody sees how a folder is read.
    ...(own.source.store === "local"
      ? {}
      : {
          meanwhile: (hook: typeof meanwhile) => {
            meanwhile = hook;
          },
        }),
    ...(shelf.keep ? { keep: shelf.keep } : {}),
    deny: (table, status) => {
      const state = stateOf(states, table);
      if (status === undefined) denied.delete(table);
      else denied.set(table, status);
      if ("block" in shelf && typeof shelf.block === "function")
        for (const { name } of state.files) shelf.block(name, status !== undefined);
    },
    close: shelf.close,
  };
}

interface Opening extends Pick<SimulateOptions, "seed" | "port">, Pick<ShelfOptions, "before"> {
  states: ReadonlyMap<string, TableState>;
  denied: ReadonlyMap<string, number>;
}

async function openShelf({ source, tables, name }: FileBlueprint, opening: Opening): Promise<Shelf> {
  const matchers = tables.map((table) => ({ table: table.name, fits: matcherOf(table.read.pattern) }));
  const options: ShelfOptions = {
    name,
    port: opening.port,
    before: opening.before,
    secret: (label) => createHash("sha256").update(`${opening.seed} ${label}`).digest("hex").slice(0, 40),
    tableOf: (file) => matchers.find(({ fits }) => fits(file) !== undefined)?.table,
    tableOfPrefix: (prefix) => tableOfPrefix(tables, prefix),
    denied: (table) => (table === undefined ? undefined : opening.denied.get(table)),
    recordsIn: (file) =>
      [...opening.states.values()].flatMap(({ files }) => files).find((one) => one.name === file)?.records.length ?? 0,
  };
  switch (source.store) {
    case "local":
      return openFolder();
    case "s3":
      return openS3Shelf(source, options);
    case "sftp":
      return openSftpShelf(source, options);
    case "http":
      return openHttpShelf(source, options);
  }
}

/** The one table whose files begin so; a listing that is for several belongs to none. */
function tableOfPrefix(tables: readonly FileTable[], prefix: string): string | undefined {
  const exact = tables.filter(({ read }) => prefixOf(read.pattern) === prefix);
  const found = exact.length > 0 ? exact : tables.filter(({ read }) => prefixOf(read.pattern).startsWith(prefix));
  return found.length === 1 ? found[0]?.name : undefined;
}

function refuseShared(tables: readonly FileTable[], states: ReadonlyMap<string, TableState>): void {
  for (const { name, read } of tables) {
    const fits = matcherOf(read.pattern);
    for (const [other, { files }] of states) {
      if (other === name || !files.some((file) => fits(file.name) !== undefined)) continue;
      throw new UserError(`Files of ${other} also fit the pattern of ${name}: ${read.pattern}.`, {
        hint: "Make the patterns such that every file is one table's: {date:digits} instead of {date} or *.",
      });
    }
  }
}

function namesFile(words: string, states: ReadonlyMap<string, TableState>): boolean {
  return [...states.values()].some(({ files }) => files.some(({ name }) => words.includes(name)));
}

function stateOf(states: ReadonlyMap<string, TableState>, table: string): TableState {
  const state = states.get(table);
  if (state === undefined) throw new RangeError(`the simulated source has no table ${table}`);
  return state;
}
