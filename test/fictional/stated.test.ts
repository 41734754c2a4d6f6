/** The specs that state everything are specs, and state what the sources have. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { specSchema, webSpec } from "../../src/artifacts/spec.ts";
import { parseSpec } from "../../src/workflow/spec-file.ts";
import type { Fictional } from "../support/fictional/server.ts";
import { FICTIONAL, type FictionalName, statedSpec } from "../support/fictional/sources.ts";
import { printed, temporaryDirectory } from "../support/run-cli.ts";

let source: Fictional | undefined;
afterEach(() => source?.close());

describe.each(Object.keys(FICTIONAL) as FictionalName[])("the specs of %s", (name) => {
  it("name the tables and leave the rest to the pages", async () => {
    source = await FICTIONAL[name]();
    const spec = specSchema.parse(source.spec());
    expect(spec.source.docs.length).toBeGreaterThan(2);
    for (const page of spec.source.docs) expect(source.docs).toContain(page);
    for (const table of spec.tables ?? []) expect(source.truth(String(table)).length).toBeGreaterThan(0);
    const written = JSON.stringify(spec);
    for (const [variable, secret] of Object.entries(source.environment)) {
      expect(written).not.toContain(secret);
      expect(written).toContain(`\${env:${variable}}`);
    }
  });

  it("state each column and each key as it is", async () => {
    source = await FICTIONAL[name]();
    const text = await statedSpec(name, source.baseUrl);
    const spec = parseSpec(text, name);
    expect(webSpec(spec.source).auth).toEqual(webSpec(specSchema.parse(source.spec()).source).auth);
    expect(parse(text).source.base_url).toBe(webSpec(specSchema.parse(source.spec()).source).base_url);
    for (const table of spec.tables ?? []) {
      if (typeof table === "string") throw new Error(`${table} is only named`);
      const cursor =
        typeof table.incremental === "object" && "column" in table.incremental ? [table.incremental.column] : [];
      const bound = table.parent?.bind.map(({ column }) => column) ?? [];
      const stated = new Set([...Object.keys(table.columns ?? {}), ...cursor, ...bound]);
      const rows = source.truth(table.name);
      expect([...stated].sort()).toEqual(Object.keys(rows[0] ?? {}).sort());
      const keys = new Set(rows.map((row) => JSON.stringify(table.primary_key?.map((column) => row[column]))));
      expect(keys.size).toBe(rows.length);
      // A column that no row fills would show nothing.
      for (const column of stated)
        expect(
          rows.some((row) => row[column] !== null),
          column,
        ).toBe(true);
    }
  });
});

it("a source can be served by hand", async () => {
  const spec = join(await temporaryDirectory(), "spec.yaml");
  const args = ["--import", "tsx", "test/support/fictional/serve.ts", "harbour", "--spec", spec];
  const program = execa(process.execPath, args, { reject: false, stdin: "ignore" });
  await printed(program, "export HARBOUR_KEY='");
  const written = specSchema.parse(parse(await readFile(spec, "utf8")));
  const page = await fetch(written.source.docs[0] ?? "");
  expect([page.status, page.url.startsWith(new URL(webSpec(written.source).base_url ?? "").origin)]).toEqual([
    200,
    true,
  ]);
  program.kill("SIGKILL");
  await program;
});
