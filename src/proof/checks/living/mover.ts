/** What happens at the source while a connector reads it, and between two syncs. */
import { parentOf, type Table } from "../../../artifacts/blueprint.ts";
import type { Record_ } from "../../../sources/record.ts";
import type { Change, Simulator } from "../../../sources/simulator.ts";
import { hasBlindDescendant } from "../changes.ts";

type ChangeKind = Change["kind"];
/** Kind of change and number of rows. */
type Step = readonly [ChangeKind, number];

export interface Mover {
  /** False where a sync sees one state of the source only. */
  moves: boolean;
  /** Changes the source while `sync` runs, as far as it moves. */
  during<T>(sync: () => Promise<T>): Promise<T>;
  /** Changes the source now; one row has a time that is still to come. */
  between(): void;
  /** Each table gets a row with a time that is still to come. Returns whether any did. */
  lookAhead(): boolean;
  /** Changes the source once a sync has read that row: who took its time for how far he read loses this. */
  after(): void;
  /** Rows of a table that were made with a time to come, as they were made. */
  ahead(table: Table): readonly Record_[];
  /** How many rows of a table were changed so far, by kind of change. */
  made(table: Table): ReadonlyMap<ChangeKind, number>;
}

/**
 * By the number of a request for a table's rows in a sync. Up to the first one nothing was read, so that it moves nothing.
 * Then one row that was read changes, and after it one that is still to come: whoever takes the time of the second for how
 * far it read loses the first. From there on only rows that were read change, one at a time: what was passed over must not
 * be brought back by a change of its own. Ties come after a change of the same sync: they are tied with it.
 */
const DURING: readonly (readonly Step[])[] = [
  [["insert", 1]],
  [
    ["update", 2],
    ["delete", 1],
    ["late", 1],
  ],
  [
    ["insert", 1],
    ["tie", 1],
    ["update", 1],
    ["update", 1],
  ],
  [
    ["update", 1],
    ["delete", 1],
  ],
];

/** Parents move while their children are read: one more, and one less, whose children are gone when they are asked for. */
const PARENTS_DURING: readonly Step[] = [
  ["insert", 1],
  ["delete", 1],
];

const AHEAD: Step = ["ahead", 1];

const BETWEEN: readonly Step[] = [
  ["tie", 1],
  ["late", 1],
  ["insert", 2],
  ["update", 2],
  ["delete", 1],
  // Last: what comes after it is of the present, and ties need a change that came before.
  AHEAD,
];

const AFTER: readonly Step[] = [
  ["insert", 1],
  ["update", 1],
];

export function createMover(simulator: Simulator, tables: readonly Table[]): Mover {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const made = new Map<string, Map<ChangeKind, number>>();
  const ahead = new Map<string, Record_[]>();
  const change = (table: Table, steps: readonly Step[]) => {
    for (const [kind, count] of steps) {
      if (kind === "delete" && !showsDeletes(table, tables)) continue;
      const touched: Record_[] = simulator.change({ kind, table: table.name, count });
      const own = made.get(table.name) ?? new Map<ChangeKind, number>();
      made.set(table.name, own.set(kind, (own.get(kind) ?? 0) + touched.length));
      if (kind === "ahead" && touched.length > 0) ahead.set(table.name, [...(ahead.get(table.name) ?? []), ...touched]);
    }
  };
  return {
    moves: simulator.meanwhile !== undefined,
    during: async (sync) => {
      const requests = new Map<string, number>();
      simulator.meanwhile?.(({ table: name }) => {
        const table = name === undefined ? undefined : byName.get(name);
        if (table === undefined) return;
        const before = requests.get(table.name) ?? 0;
        requests.set(table.name, before + 1);
        change(table, DURING[before] ?? []);
        const parent = byName.get(parentOf(table)?.table ?? "");
        if (parent !== undefined && before === 1) change(parent, PARENTS_DURING);
      });
      try {
        return await sync();
      } finally {
        simulator.meanwhile?.(undefined);
      }
    },
    between: () => {
      for (const table of tables) change(table, BETWEEN);
    },
    lookAhead: () => {
      for (const table of tables) change(table, [AHEAD]);
      return ahead.size > 0;
    },
    after: () => {
      // Children first: theirs go to the newest parent, which so is the one that has the row of the future.
      for (const table of tables.toReversed()) change(table, AFTER);
    },
    ahead: (table) => ahead.get(table.name) ?? [],
    made: (table) => made.get(table.name) ?? new Map(),
  };
}

function showsDeletes(table: Table, tables: readonly Table[]): boolean {
  return table.deletes.kind !== "none" && !hasBlindDescendant(tables, table.name);
}
