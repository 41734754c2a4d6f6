/**
 * What is wrong with places of files: each is named with the file and what to do, what can still be synced is, and nothing
 * that was not read is called synced. (Web sources: `traps.test.ts`; databases: `sources/database`; specs: `bad-input.test.ts`.)
 */
import { utimesSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { reportSchema } from "../../src/artifacts/report.ts";
import { clientProcess } from "../sources/file/client-part.ts";
import { column, fileBlueprint } from "../support/file-blueprint.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const LINES = `${Array.from({ length: 3000 }, (_, id) => `{"id":${id},"text":"${Math.sin(id)}"}`).join("\n")}\n`;
const ZIPPED = gzipSync(LINES);

const BAD: Record<string, { content: string | Buffer; says: RegExp }> = {
  "cut.ndjson.gz": { content: ZIPPED.subarray(0, ZIPPED.length - 2000), says: /ends in the middle.*delivered again/ },
  "broken.ndjson": { content: '{"id":1}\n{"id":2\n{"id":3}\n', says: /line 2 is no JSON object/ },
  "nan.ndjson": { content: '{"id":1,"rate":NaN}\n', says: /line 1 is no JSON object/ },
  "headless.parquet": { content: "PAR1 and no end", says: /headless\.parquet cannot be read: No magic bytes [^/]*$/ },
  "bytes.csv": {
    content: Buffer.concat([Buffer.from("\ufeffid,note\n1,"), Buffer.from([0xff, 0xfe]), Buffer.from("\n2,b\n")]),
    says: /bytes\.csv is not text in one encoding\. Have it delivered in UTF-8/,
  },
  "empty.csv": { content: "", says: /is empty: its columns are not known/ },
  "sheet.xlsx": { content: "PK", says: /of no format that is read/ },
};

test(verifies(
  "files.bad",
  "the good table of a folder is built, and the report says what was left out, and why",
), async () => {
  const workspace = await temporaryDirectory();
  const folder = join(workspace, "exports");
  await mkdir(folder);
  for (const [name, { content }] of Object.entries(BAD)) await writeFile(join(folder, name), content);
  await writeFile(join(folder, "good.csv"), "id,note\n1,a\n2,b,too much\n3\n");
  const spec = join(workspace, "spec.yaml");
  await writeFile(spec, stringify({ name: "Bad", source: { kind: "file", path: "exports" }, test: { mode: "live" } }));
  const built = await runHere(["build", spec], { workspace });
  expect(built.code, built.stderr).toBe(0);
  const text = (path: string) => readFile(join(workspace, "bad", path), "utf8");
  const report = reportSchema.parse(JSON.parse(await text(".syncsmith/reports/1.json")));
  expect(report.tables).toMatchObject([{ name: "good", rows: 3, trust: "live" }]);
  const [readme, page] = [await text("README.md"), await text(".syncsmith/reports/report.html")];
  for (const [name, { says }] of Object.entries(BAD)) {
    const line = report.left_out.find((one) => one.includes(name));
    expect(line, name).toMatch(says);
    expect(built.stdout, name).toContain(line);
    expect(readme).toMatch(new RegExp(`is left out: .*${name}|\`${name}\` is left out`));
    expect(page).toContain(name);
  }
  // Nothing of the good table is lost with its ragged rows.
  const asked = await runHere(["query", "bad", "SELECT id, note, _rest FROM tester.good ORDER BY id", "--csv"], {
    workspace,
  });
  expect(asked.stdout.split("\r\n").slice(1, 4)).toEqual(["1,a,", '2,b,"{""field 3"": ""too much""}"', "3,,"]);
}, 120_000);

test(verifies(
  "files.bad",
  "a sync names the file, the record and what is wrong, and saves nothing of it",
), async () => {
  const shapes = {
    csv: { pattern: "{n:digits}.csv", columns: [column("id", "string")] },
    ndjson: { pattern: "{n:digits}.ndjson", content: { format: "ndjson" } as const },
    zipped: { pattern: "{n:digits}.ndjson.gz", content: { format: "ndjson" } as const, compression: "gzip" as const },
    parquet: { pattern: "{n:digits}.parquet", content: { format: "parquet" } as const },
  };
  const blueprint = fileBlueprint(
    {},
    Object.entries(shapes).map(([name, shape]) => ({ name, columns: [column("id", "integer")], ...shape })),
  );
  const client = await clientProcess(blueprint);
  const path = await temporaryDirectory();
  const cases = [
    {
      table: "ndjson",
      file: "1.ndjson",
      content: '{"id":1}\n{"id":2\n',
      says: /^FileError: ndjson: 1\.ndjson, record 2: /,
    },
    {
      table: "ndjson",
      file: "1.ndjson",
      content: '{"id":NaN}\n',
      says: /ndjson: 1\.ndjson, record 1: NaN is not JSON/,
    },
    {
      table: "zipped",
      file: "1.ndjson.gz",
      content: ZIPPED.subarray(0, ZIPPED.length - 2000),
      says: /zipped: 1\.ndjson\.gz, record \d+: Compressed file ended/,
    },
    {
      table: "parquet",
      file: "1.parquet",
      content: "PAR1 and no end",
      says: /parquet: 1\.parquet, record 1: .*magic bytes/,
    },
  ];
  for (const { table, file, content, says } of cases) {
    await writeFile(join(path, file), content);
    const { error, answers } = await client.run({ table, configuration: { path }, steps: ["read_changes"] });
    expect(error).toMatch(says);
    expect(answers).toEqual({});
  }
  await writeFile(join(path, "1.csv"), "id,note\n1,a\n2,b,too much\n3\n");
  const ragged = await client.run({ table: "csv", configuration: { path }, steps: ["read_changes"] });
  expect(ragged.answers.read_changes?.records.map(({ id, _rest }) => [id, _rest])).toEqual([
    ["1", { note: "a" }],
    ["2", { note: "b", "field 3": "too much" }],
    ["3", null],
  ]);
  expect(ragged.log).toContain(
    "1.csv: 2 records have more or fewer fields than there are columns, the first is record 2",
  );
}, 60_000);

test(verifies("files.bad", "a file that keeps changing while it is read is refused, not half read"), async () => {
  const path = await temporaryDirectory();
  const file = join(path, "orders_1.csv");
  const blueprint = fileBlueprint({}, [{ columns: [column("id", "string")] }]);
  const client = await clientProcess(blueprint);
  await writeFile(file, `id\n${`${"1".repeat(99)}\n`.repeat(400_000)}`);
  // At every moment another time: whoever reads it meets a change.
  const changing = setInterval(() => {
    const now = Date.now() / 1000;
    utimesSync(file, now, now);
  }, 1);
  try {
    const { error, log } = await client.run({ table: "orders", configuration: { path }, steps: ["read_changes"] });
    expect(error).toBe("FileError: orders: orders_1.csv keeps changing while it is read; sync when it is complete");
    expect(log.match(/changed while it was copied/g)).toHaveLength(3);
  } finally {
    clearInterval(changing);
  }
}, 60_000);
