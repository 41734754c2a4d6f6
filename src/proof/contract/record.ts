/** Plays what the contract suite will test, keeps what the source gave, and holds what came of it against the truth. */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Blueprint, Table } from "../../artifacts/blueprint.ts";
import { parseExactly } from "../../sources/answers/exact.ts";
import type { DriverTape } from "../../sources/kind.ts";
import type { Json, Record_ } from "../../sources/record.ts";
import type { KeptFile } from "../../sources/simulator.ts";
import type { Target } from "../../targets/target.ts";
import { canonicalJson } from "../../warehouse/canonical.ts";
import type { Cell } from "../../warehouse/warehouse.ts";
import { hasBlindDescendant } from "../checks/changes.ts";
import { compareTable, describeComparison, isEqual } from "../rows.ts";
import type { KeptSource } from "./kept-source.ts";

export interface Recorded {
  files: KeptFile[];
  /** The checkpoints after which the suite cuts a sync off. */
  interruptions: number[];
  /** Whether some table has no key. */
  keyless: boolean;
  /** How many requests the larger of the two syncs took; undefined where none are seen. */
  requests: number | undefined;
}

interface Recording {
  blueprint: Blueprint;
  target: Target;
  source: KeptSource;
  /** What writes down the driver's answers, where these are what is kept. */
  tape?: DriverTape | undefined;
  /** A copy of the connector with the suite's modules. */
  workplace: string;
  now: Date;
  signal: AbortSignal;
}

const LATER = 60 * 60 * 1000;

export async function record(recording: Recording): Promise<Recorded | "too large"> {
  const { blueprint, source, now } = recording;
  const [first, later] = [now.getTime(), now.getTime() + LATER].map(
    (time) => `${new Date(time).toISOString().slice(0, 19)}+00:00`,
  ) as [string, string];
  const player = startPlayer(recording);
  try {
    const sync = async (command: Partial<SyncCommand>) => {
      const before = source.requests() ?? 0;
      const played = await player.sync({ fresh: true, time: first, last_checkpoint: null, part: null, ...command });
      const seen = source.requests();
      return { ...played, requests: played.asked ?? (seen === undefined ? undefined : seen - before) };
    };
    await player.begin();
    source.begin("first");
    const whole = await sync({ part: "first" });
    await judge(recording, "the first sync", whole);
    const interruptions = chooseInterruptions(whole.states);
    for (const checkpoint of interruptions) {
      await sync({ last_checkpoint: checkpoint });
      await judge(recording, `a sync after checkpoint ${checkpoint}`, await sync({ fresh: false, time: later }));
    }
    const kept = source.keep("first", await player.taped());
    if (kept === "too large") return kept;
    // The recording of what comes next begins after the connector is where the first sync left it.
    await sync({});
    changeAll(recording);
    await player.begin();
    source.begin("second");
    const second = await sync({ part: "second", fresh: false, time: later });
    await judge(recording, "the second sync", second);
    const changed = source.keep("second", await player.taped());
    if (changed === "too large") return changed;
    const [counted, again] = [whole.requests, second.requests];
    await player.write({
      interruptions,
      first: { time: first, ...(counted === undefined ? {} : { requests: counted }) },
      second: { time: later, ...(again === undefined ? {} : { requests: again }) },
    });
    const keyless = blueprint.tables.some((table) => table.primary_key.length === 0);
    const requests = counted === undefined ? undefined : Math.max(counted, again ?? 0);
    return { files: [...kept, ...changed], interruptions, keyless, requests };
  } finally {
    await player.close();
  }
}

/** At most three checkpoints that took the state on: the first, one in the middle, the last. */
function chooseInterruptions(states: readonly string[]): number[] {
  const moved = states.flatMap((state, index) => (state === (states[index - 1] ?? "{}") ? [] : [index + 1]));
  const before = moved.filter((number) => number < states.length);
  const places = [before[0], before[Math.floor(before.length / 2)], before.at(-1)];
  return [...new Set(places.filter((number) => number !== undefined))];
}

/** Ties and late rows first: they are placed by the highest cursor value, which must still be the one that was saved. */
function changeAll({ blueprint: { tables }, source: { simulator } }: Recording): void {
  for (const { name } of tables) {
    for (const kind of ["tie", "late", "insert", "update"] as const) simulator.change({ kind, table: name, count: 2 });
  }
  for (const { name, deletes } of tables) {
    if (deletes.kind === "none" || hasBlindDescendant(tables, name)) continue;
    simulator.change({ kind: "delete", table: name, count: 2 });
  }
}

interface SyncCommand {
  /** From the beginning, not from where the last sync ended. */
  fresh: boolean;
  time: string;
  last_checkpoint: number | null;
  /** Under which its rows and its state are expected. */
  part: string | null;
}

interface Played {
  rows: { [table: string]: Record_[] };
  /** JSON texts of the states of all checkpoints. */
  states: string[];
  /** Questions to the driver, where they are written down. */
  asked?: number;
}

interface Player {
  /** From now on the driver's answers belong to another part. */
  begin(): Promise<void>;
  /** What was written down of the driver since. */
  taped(): Promise<string>;
  sync(command: SyncCommand): Promise<Played>;
  /** Writes `expected.json`. */
  write(expected: object): Promise<void>;
  close(): Promise<void>;
}

const RECORDER = fileURLToPath(new URL("./recorder.py", import.meta.url));
const SECONDS = 300;

function startPlayer({ target, source, tape, workplace, signal }: Recording): Player {
  const taping = tape === undefined ? [] : [tape.path, tape.driver];
  const child = execa(target.contract.python.python, [RECORDER, ...taping], {
    cwd: workplace,
    extendEnv: false,
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    reject: false,
    buffer: false,
    stdout: "pipe",
    stderr: "pipe",
    stdin: "pipe",
    timeout: SECONDS * 1000,
    cancelSignal: signal,
  });
  child.stderr.resume();
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (command: object): Promise<{ [key: string]: Json }> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await lines.next();
    const answer = done ? undefined : (parseExactly(value) as { [key: string]: Json } | undefined);
    signal.throwIfAborted();
    if (answer === undefined) throw new Error("the contract's recorder ended before it answered");
    if (answer.error !== undefined)
      throw new Error(`the connector failed where it is recorded: ${answer.error}\n${answer.trace}`);
    return answer;
  };
  const { configuration } = source;
  return {
    sync: async (command) => (await ask({ do: "sync", configuration, ...command })) as unknown as Played,
    begin: async () => {
      await ask({ do: "begin" });
    },
    taped: async () => String((await ask({ do: "taped" })).text),
    write: async (expected) => {
      await ask({ do: "write", expected });
    },
    close: async () => {
      child.stdin.end();
      await child;
    },
  };
}

async function judge({ blueprint, target, source }: Recording, name: string, { rows }: Played): Promise<void> {
  for (const table of blueprint.tables) {
    const truth = { rows: source.simulator.truth(table.name) };
    const columns = new Set(
      [...truth.rows, Object.fromEntries(table.columns.map((column) => [column.name, null]))].flatMap(Object.keys),
    );
    const arrived = (rows[table.name] ?? []).map((row) => cellOf(row, { table, target, columns }));
    const warehouse = {
      rows: async function* () {
        yield* arrived;
      },
    };
    const comparison = await compareTable({ warehouse, target }, table, truth);
    if (isEqual(comparison)) continue;
    throw new Error(`${name}: ${table.name}: ${describeComparison(comparison)}: ${comparison.examples.join("; ")}`);
  }
}

interface CellQuestion {
  table: Table;
  target: Target;
  /** The source's: what a target adds of its own is not compared. */
  columns: ReadonlySet<string>;
}

/** A row as a target's tests hold it, as the warehouse would show it. Text stays as it is: the types are read from it. */
function cellOf(row: Record_, { table, target, columns }: CellQuestion): Cell {
  const names = new Map([...columns].map((name) => [target.naming.column(name), name]));
  const cell: Cell = {};
  for (const [name, value] of Object.entries(row)) {
    const column = target.naming.column(name);
    const own = names.get(column);
    if (own === undefined) continue;
    const type = table.columns.find((candidate) => candidate.name === own)?.type;
    const asText = typeof value === "string" && (type !== "json" || target.nested === "struct");
    cell[column] = asText ? value : canonicalJson(value, type ?? (typeof value === "object" ? "json" : "string"));
  }
  return cell;
}
