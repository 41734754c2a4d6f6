/** Random delimited text, written by a writer of the test's own, comes out of the generated reader as it went in. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileSource } from "../../../src/sources/file/file.ts";
import type { Record_ } from "../../../src/sources/record.ts";
import { column, fileBlueprint } from "../../support/file-blueprint.ts";
import { verifies } from "../../support/verifies.ts";
import { clientProcess } from "./client-part.ts";

const FILES = 250;
const NAMES = ["a", "b", "c"];
const character = fc.oneof(
  fc.constantFrom('"', ",", "\n", "\r", "\r\n", " ", "'", ";", "\t", "\\", "é", "🙂", "\u2028", "\ufeff", "0"),
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
);
const field = fc.array(character, { maxLength: 8 }).map((parts) => parts.join(""));
const file = fc.record({
  rows: fc.array(fc.tuple(field, field, field), { maxLength: 6 }),
  newline: fc.constantFrom("\n", "\r\n"),
  closed: fc.boolean(),
  mark: fc.boolean(),
  quoteAll: fc.boolean(),
});

test("every value of every random file is read exactly, by both readers", async () => {
  const root = await mkdtemp(join(tmpdir(), "syncsmith-random-"));
  await mkdir(join(root, "in"));
  const files = fc.sample(file, { numRuns: FILES, seed: 20_261 });
  for (const [index, { rows, newline, closed, mark, quoteAll }] of files.entries()) {
    const write = (text: string) =>
      quoteAll || text === "" || /[",\r\n]/.test(text) || text !== text.trim()
        ? `"${text.replaceAll('"', '""')}"`
        : text;
    const lines = [NAMES, ...rows].map((row) => row.map(write).join(","));
    const text = (mark ? "\ufeff" : "") + lines.join(newline) + (closed ? newline : "");
    await writeFile(join(root, "in", `${String(index).padStart(4, "0")}.csv`), text);
  }
  const blueprint = fileBlueprint({}, [
    { pattern: "in/{n:digits}.csv", columns: NAMES.map((name) => column(name, "string")) },
  ]);
  const configuration = { path: root };
  const client = await clientProcess(blueprint);
  const { answers, error } = await client.run({ table: "orders", configuration, steps: ["read_whole"] });
  expect(error).toBeUndefined();
  const live: Record_[] = [];
  for await (const row of fileSource.read(blueprint, "orders", { configuration, signal: AbortSignal.timeout(30_000) }))
    live.push(row);
  const expected = files.flatMap(({ rows }, index) =>
    rows.map((row, at) => [String(index).padStart(4, "0"), at + 1, ...row, null]),
  );
  expect(expected.length).toBeGreaterThan(500);
  const shown = (rows: readonly Record_[]) =>
    rows
      .map((row) => [row.n, row._line, row.a, row.b, row.c, row._rest])
      .sort((x, y) => (`${x[0]}` < `${y[0]}` ? -1 : `${x[0]}` > `${y[0]}` ? 1 : Number(x[1]) - Number(y[1])));
  expect(shown(answers.read_whole?.records ?? [])).toEqual(expected);
  expect(shown(live)).toEqual(expected);
}, 60_000);

test(verifies(
  "sources.emptied",
  "what is wrong is named by file and record, and nothing after it is taken for good",
), async () => {
  const root = await mkdtemp(join(tmpdir(), "syncsmith-wrong-"));
  const cases = [
    { text: "id,n\n1,2\n2,x\n", says: /record 2: n: 'x' is not an integer/ },
    { text: "id,n\n1,007\n", says: /record 1: n: '007' is not an integer/ },
    { text: 'id,n\n1,2\n2,"3\n', says: /record 2: unexpected end of data/ },
    { text: Buffer.from([0x69, 0x64, 0x2c, 0x6e, 0x0a, 0xff, 0xfe, 0x0a]), says: /record 1: .*utf-8/ },
  ];
  const blueprint = fileBlueprint({}, [
    { pattern: "{n_1:digits}.csv", columns: [column("id", "string"), column("n", "integer")] },
  ]);
  const client = await clientProcess(blueprint);
  for (const [index, { text, says }] of cases.entries()) {
    const path = join(root, String(index));
    await mkdir(path);
    await writeFile(join(path, "1.csv"), text);
    const { error } = await client.run({ table: "orders", configuration: { path }, steps: ["read_whole"] });
    expect(error).toMatch(says);
    expect(error).toContain("orders: 1.csv");
  }
  const order = { table: "orders", configuration: { path: root } };
  const empty = await client.run({ ...order, steps: ["read_whole"] });
  expect(empty.error).toMatch(/no file is named like/);
  // As well where there were some: a folder that is not mounted looks the same, and what was read is not forgotten.
  const saved = { read_changes: { files: { "1.csv": "7" } } };
  const emptied = await client.run({ ...order, steps: ["read_changes"], saved });
  expect(emptied).toMatchObject({ answers: {}, error: expect.stringMatching(/no file .* or were taken away.* stay/) });
}, 60_000);
