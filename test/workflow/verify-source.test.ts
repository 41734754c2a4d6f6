/** The source's own word on its tables: read whole where they are small, asked for its count where they are large. */
import { expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import type { SourceKind } from "../../src/sources/kind.ts";
import type { IndependentCount } from "../../src/sources/live.ts";
import type { Record_ } from "../../src/sources/record.ts";
import type { Target } from "../../src/targets/target.ts";
import type { Figures } from "../../src/workflow/verify/figures.ts";
import { sourceFigures, withSource } from "../../src/workflow/verify/source.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";

const naming = { table: (name: string) => name, column: (name: string) => name.toLowerCase() };
const target = { naming, keyless: "folded" } as unknown as Target;

interface Answers {
  rows?: Iterable<Record_>;
  count?: IndependentCount | Error;
  /** Whether the local run was on it. */
  live?: boolean;
}

async function asked(answers: Answers, local: number, key = ["ID"]) {
  const blueprint = makeBlueprint([{ primary_key: key, columns: { ID: "integer", name: "string" } }]);
  const reads: string[] = [];
  const kind = {
    read: async function* (_: unknown, table: string) {
      reads.push(table);
      yield* answers.rows ?? [];
    },
    count: async () => {
      if (answers.count instanceof Error) throw answers.count;
      return answers.count;
    },
  } as unknown as SourceKind;
  const options = { configuration: {}, signal: new AbortController().signal };
  const figures: Figures = { rows: local, keys: undefined, ranges: [] };
  const source = { kind, blueprint, target, options, live: answers.live ?? true };
  const found = await sourceFigures(source, new Map([["items", figures]]));
  return { reads, said: found.get("items") };
}

it("asks a large table for its count and the ends of its key, and reads none of it", async () => {
  const parts = ["25000", "50000"].map((upTo) => ({ column: "ID", from: "7", upTo, rows: 1 }));
  const { reads, said } = await asked({ count: { route: "count(*)", rows: 49_000, parts } }, 48_000);
  expect(reads).toEqual([]);
  expect(said).toEqual({
    ...{ rows: 49_000, route: "count(*)" },
    ranges: [{ column: "id", lowest: "7", highest: "50000" }],
  });
  expect((await asked({}, 48_000)).said).toMatch(/tells nowhere how many rows/);
  expect((await asked({ count: new UserError("No entry.") }, 48_000)).said).toBe(
    "the source could not be asked: No entry.",
  );
});

it("is not read on after a table turns out to be larger than the local run has it", async () => {
  let given = 0;
  const endless = function* () {
    for (;;) {
      given += 1;
      yield { ID: given, name: "a" };
    }
  };
  const count = { route: "count(*)", rows: 5_000_000 };
  expect((await asked({ rows: endless(), count }, 3)).said).toEqual({ ...count, ranges: [] });
  expect(given).toBeLessThan(50_000);
  expect((await asked({ rows: endless() }, 3)).said).toMatch(/tells nowhere .* too many to read them/);
});

it("is only asked for counts where the local run was on a stand-in, whose size says nothing", async () => {
  const rows = [{ ID: 1, name: "a" }];
  const count = { route: "count(*)", rows: 5_000_000 };
  expect(await asked({ rows, count, live: false }, 3)).toEqual({ reads: [], said: { ...count, ranges: [] } });
  const silent = await asked({ rows, live: false }, 3);
  expect(silent).toEqual({ reads: [], said: expect.stringMatching(/tells nowhere .* only where the local run/) });
});

it("counts versions of a row once, and rows that are alike once where the platform keeps one", async () => {
  const rows: Record_[] = [
    { ID: 1, name: "a" },
    { ID: 1, name: "b" },
    { ID: 9_007_199_254_740_993n, name: "b" },
  ];
  expect((await asked({ rows }, 3)).said).toEqual({
    ...{ rows: 2, route: "reading it" },
    ranges: [{ column: "id", lowest: "1", highest: "9007199254740993" }],
  });
  const alike = [...rows, { ID: 1, name: "b" }];
  expect((await asked({ rows: alike }, 3, [])).said).toMatchObject({ rows: 3 });
});

it("is put beside the destination without changing its verdict", () => {
  const table = {
    ...{ table: "items", verdict: "equal" as const, expected: 5, found: 5, deleted: 0, missing: [], more: [] },
    ...{ twice: [], ranges: [{ column: "id", expected: null, found: null }], words: "items: 5 rows" },
  };
  const fewer = withSource(table, { rows: 3, route: "count(*)", ranges: [] });
  expect(fewer).toMatchObject({ verdict: "equal", source: { rows: 3 } });
  expect(fewer.words).toBe("items: 5 rows; the source has 3 rows now, by count(*): 2 fewer than the destination");
  expect(withSource(table, "nobody says").words).toBe("items: 5 rows; nobody says");
});
