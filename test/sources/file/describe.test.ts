/** Blueprints drafted from places of files, and what bad input gets. */
import { mkdir, mkdtemp, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import type { Requirements } from "../../../src/artifacts/requirements.ts";
import { specSchema } from "../../../src/artifacts/spec.ts";
import { fileSource } from "../../../src/sources/file/file.ts";
import type { DescribeContext, Description } from "../../../src/sources/kind.ts";
import { fileBlueprint } from "../../support/file-blueprint.ts";
import { verifies } from "../../support/verifies.ts";

async function folderOf(files: Record<string, string | Buffer>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "syncsmith-describe-"));
  let hour = 0;
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
    hour += 1;
    await utimes(join(folder, name), 1_700_000_000 + hour * 3600, 1_700_000_000 + hour * 3600);
  }
  return folder;
}

function describeSource(
  source: object,
  more: object = {},
  configuration: Record<string, string> = {},
): Promise<Description> {
  const requirements: Requirements = {
    version: 1,
    name: "shop",
    spec: specSchema.parse({ name: "Shop", source: { kind: "file", ...source }, ...more }),
    spec_address: "/specs/shop.yaml",
  };
  const context = {
    baseDirectory: "/specs",
    now: () => new Date(0),
    signal: AbortSignal.timeout(30_000),
    configuration,
  } as unknown as DescribeContext;
  return fileSource.describe(requirements, context);
}

const describeFolder = async (files: Record<string, string | Buffer>, more: object = {}) =>
  describeSource({ path: await folderOf(files) }, more);
const tableOf = ({ tables }: Blueprint, name: string) => tables.find((table) => table.name === name);
const typesOf = (blueprint: Blueprint, name: string) =>
  Object.fromEntries(tableOf(blueprint, name)?.columns.map((column) => [column.name, column.type]) ?? []);

test("names that differ in dates and numbers are one table, with the parts as columns", async () => {
  const { blueprint } = await describeFolder({
    "orders_2026-01.csv": "id,total\n1,2.5\n2,3\n",
    "orders_2026-02.csv": "id,total\n3,4\n",
    "items/dt=2026-01-01/part-00000-0f8fad5b-d9cb-469f-a165-70867728950e.ndjson.gz": gzipSync('{"sku":"a","n":1}\n'),
    "2026/01/events.json": '{"meta":1,"data":{"rows":[{"uuid":"x"},{"uuid":"y"}]}}',
    "readme.docx": "no",
  });
  expect(blueprint.tables.map(({ name, read }) => [name, read.kind === "file" && read.pattern])).toEqual([
    ["events", "{date:digits}/{part:digits}/events.json"],
    ["items", "items/dt={dt}/part-{part:digits}-*.ndjson.gz"],
    ["orders", "orders_{date:digits}.csv"],
  ]);
  expect(tableOf(blueprint, "events")).toMatchObject({
    read: { content: { format: "json", records: "data.rows" } },
    primary_key: ["uuid"],
  });
  expect(tableOf(blueprint, "items")).toMatchObject({ read: { compression: "gzip", captured: ["dt", "part"] } });
  expect(typesOf(blueprint, "orders")).toEqual({
    id: "integer",
    total: "number",
    date: "string",
    _file: "string",
    _line: "integer",
    _modified: "timestamp",
    _rest: "json",
  });
  expect(tableOf(blueprint, "orders")?.primary_key).toEqual(["id"]);
  expect(blueprint.claims["tables.orders.primary_key"]).toMatchObject({ status: "unproven" });
  expect(blueprint.skipped.map(({ name }) => name)).toEqual(["readme.docx"]);
});

test("a type has to fit every value of every file: zeros in front, late words, long digits", async () => {
  const many = Array.from({ length: 3000 }, (_, i) => `${i},00${i},${i},2026-01-01,1.5`).join("\n");
  const { blueprint } = await describeFolder({
    "t_1.csv": `n,code,late,day,exact\n${many}\n`,
    "t_2.csv": "n,code,late,day,exact\n9223372036854775808,1,none,2026-02-30,1234567890123456.123456789\n",
  });
  expect(typesOf(blueprint, "t")).toMatchObject({
    n: "bigint",
    code: "string",
    late: "string",
    day: "string",
    exact: "decimal",
  });
});

test("delimiter, encoding, header: sniffed and stated", async () => {
  const { blueprint } = await describeFolder({
    "a.csv": Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("name;città\nÄ;1\nB;2\n", "utf16le")]),
    "b.csv": Buffer.from("name\tcity\nM\xfcller\tK\xf6ln\nx\ty\n", "latin1"),
    "c.csv": "\ufeff1|2026-01-01|x\n2|2026-01-02|y\n",
    "d.csv": "a,a,\n1,2,3\n",
  });
  const content = (name: string) => tableOf(blueprint, name)?.read;
  expect(content("a")).toMatchObject({ content: { delimiter: ";", encoding: "utf-16", header: true } });
  expect(content("b")).toMatchObject({ content: { delimiter: "\t", encoding: "latin-1", header: true } });
  expect(content("c")).toMatchObject({ content: { delimiter: "|", encoding: "utf-8", header: false } });
  expect(Object.keys(typesOf(blueprint, "c")).slice(0, 3)).toEqual(["column_1", "column_2", "column_3"]);
  expect(Object.keys(typesOf(blueprint, "d")).slice(0, 3)).toEqual(["a", "a_2", "column_3"]);
});

test("a key that repeats is none; deletes follow files and lines", async () => {
  const { blueprint } = await describeFolder({ "o_1.csv": "id,v\n1,a\n", "o_2.csv": "id,v\n1,b\n" });
  expect(tableOf(blueprint, "o")).toMatchObject({
    primary_key: ["_file", "_line"],
    advance: { kind: "files", by: "modified" },
    deletes: { kind: "files" },
  });
  expect(blueprint.claims["tables.o.deletes"]).toMatchObject({ status: "unproven" });
});

test("evidence holds what it quotes, and every claim has its evidence", async () => {
  const { blueprint, evidence, pages } = await describeFolder(
    { "o_1.csv": "id,v\n1,a\n" },
    { tables: [{ name: "o", primary_key: ["v"] }] },
  );
  for (const { hash, quotation, pointer } of evidence)
    if (pointer === undefined) expect(pages.get(hash)).toContain(quotation);
  expect(blueprint.claims["tables.o.primary_key"]).toMatchObject({ status: "documented" });
  const ids = new Set(evidence.map(({ id }) => id));
  for (const claim of Object.values(blueprint.claims)) for (const id of claim.evidence) expect(ids).toContain(id);
});

test(verifies("sources.emptied", "bad input is named, and what can be read is"), async () => {
  await expect(describeFolder({})).rejects.toThrow(/There are no files/);
  await expect(describeSource({ path: "/nowhere/at/all" })).rejects.toThrow(/is not a folder/);
  await expect(describeFolder({ "a.csv": "x\n1\n" }, { tables: [{ name: "o", pattern: "o_*.csv" }] })).rejects.toThrow(
    /No file .* is named like o_\*\.csv/,
  );
  await expect(describeFolder({ "a.csv": "_line,b\n1,2\n" })).rejects.toThrow(/_line/);
  const { blueprint } = await describeFolder({
    "good.csv": "id\n1\n2\n",
    "bad.csv.gz": Buffer.from("this is no gzip"),
    "broken.parquet": "PAR1 or not",
    "empty.csv": "",
    "header.csv": "a,b\n",
  });
  expect(blueprint.tables.map(({ name }) => name).sort()).toEqual(["good", "header"]);
  expect(blueprint.skipped.map(({ name, reason }) => [name, /cannot be read|is empty/.test(reason)])).toEqual([
    ["bad", true],
    ["broken", true],
    ["empty", true],
  ]);
});

test(verifies(
  "sources.refused",
  "what the stand-in of every store serves is described as declared; what it refuses, and an empty place, by one line",
), async () => {
  const stores = [
    {
      source: { store: "s3", credentials: "access_key" },
      spec: (c: Record<string, string>) => ({
        store: "s3",
        ...c,
        access_key_id: "${env:A}",
        secret_access_key: "${env:B}",
      }),
      elsewhere: { prefix: "not/here" },
      wrong: { secret_access_key: "wrong-Zq7" },
    },
    {
      source: { store: "sftp", credentials: "password" },
      spec: (c: Record<string, string>) => ({ store: "sftp", ...c, port: Number(c.port), password: "${env:A}" }),
      wrong: { password: "wrong-Zq7" },
    },
    {
      source: { store: "http", credentials: "password" },
      spec: (c: Record<string, string>) => ({ store: "http", ...c, password: "${env:A}" }),
      wrong: { password: "wrong-Zq7" },
    },
  ] as const;
  for (const { source, spec, wrong, ...more } of stores) {
    const declared = fileBlueprint(source, [{ pattern: "orders_{date:digits}.csv" }]);
    const simulator = await fileSource.simulate(declared, { seed: 3 });
    const { blueprint } = await describeSource(spec(simulator.configuration), {}, simulator.configuration);
    const secrets = blueprint.configuration
      .filter(({ secret }) => secret)
      .map(({ key }) => simulator.configuration[key] ?? "");
    for (const secret of secrets) expect(JSON.stringify(blueprint)).not.toContain(secret);
    expect(blueprint.tables).toHaveLength(1);
    expect(blueprint.tables[0]).toMatchObject({ name: "orders", read: declared.tables[0]?.read as object });
    const findings = [];
    for await (const finding of fileSource.probe(blueprint, {
      configuration: simulator.configuration,
      signal: AbortSignal.timeout(20_000),
      onProgress: () => {},
    }))
      findings.push(finding);
    expect(findings.filter(({ verdict }) => verdict === "refutes")).toEqual([]);
    expect(findings.filter(({ verdict }) => verdict === "confirms").length).toBeGreaterThanOrEqual(3);
    const refused = { ...simulator.configuration, ...wrong };
    const error: unknown = await describeSource(spec(refused), {}, refused).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      name: "UserError",
      message: expect.stringMatching(/^[^\n]+$/),
      hint: expect.stringMatching(/[Cc]heck .*(password|access_key)/),
    });
    expect(JSON.stringify([String(error), error])).not.toContain("Zq7");
    if ("elsewhere" in more) {
      const empty = { ...simulator.configuration, ...more.elsewhere };
      await expect(describeSource(spec(empty), {}, empty)).rejects.toMatchObject({
        message: expect.stringMatching(/^There are no files at .*not\/here\.$/),
        hint: expect.stringMatching(/prefix or folder too deep.*wait until the first files have arrived/),
      });
      const found = { configuration: empty, signal: AbortSignal.timeout(20_000) };
      expect(await fileSource.reach(blueprint, found)).toMatch(/^no file at .* is named like orders_/);
    }
    await simulator.close();
  }
}, 60_000);
