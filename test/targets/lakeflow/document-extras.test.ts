import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Blueprint, blueprintOf, type Kind } from "../../../src/artifacts/blueprint.ts";
import type { ClientPart } from "../../../src/python/client-part.ts";
import { databaseClient } from "../../../src/sources/database/client.ts";
import { fileClient } from "../../../src/sources/file/client.ts";
import { clientGraphql } from "../../../src/sources/graphql/python/client.ts";
import { clientRest } from "../../../src/sources/rest/python/client.ts";
import { ensurePythonEnv, type PythonEnv, pythonParts } from "../../../src/system/python-env.ts";
import { extraFiles } from "../../../src/targets/lakeflow/document/extras.ts";
import { generateLakeflow } from "../../../src/targets/lakeflow/generate.ts";
import { lintLakeflow } from "../../../src/targets/lakeflow/lint.ts";
import type { GeneratedFile } from "../../../src/targets/target.ts";
import { kindBlueprint } from "../../support/kind-blueprints.ts";
import { thorough } from "../../support/thorough.ts";

const KINDS: readonly Kind[] = ["rest", "graphql", "database", "file"];
/** What the platform's package offers to a connector, for runs outside of it. */
const STAND_IN = fileURLToPath(new URL("../../../src/targets/lakeflow/python/standin", import.meta.url));

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "lakeflow-extras-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function clientOf(blueprint: Blueprint): Promise<ClientPart> {
  switch (blueprint.source.kind) {
    case "rest":
      return clientRest(blueprintOf(blueprint, "rest"));
    case "graphql":
      return clientGraphql(blueprint);
    case "database":
      return databaseClient(blueprint);
    case "file":
      return fileClient(blueprint, { single: false });
  }
}

const contentOf = (files: readonly GeneratedFile[], path: string) =>
  files.find((file) => file.path === path)?.content ?? "";

async function written(kind: Kind, layout: "modular" | "single"): Promise<string> {
  const blueprint = kindBlueprint(kind);
  const directory = join(scratch, `${kind}-${layout}`);
  const client = await clientOf(blueprint);
  const python = await pythonFor(kind);
  for (const { path, content } of await generateLakeflow(blueprint, { layout, client: async () => client, python })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return directory;
}

/** The one that connectors of this kind are given. */
function pythonFor(kind: Kind): Promise<PythonEnv> {
  return ensurePythonEnv({ parts: pythonParts(kind) });
}

describe.each(KINDS)("a generated connector of kind %s", (kind) => {
  // In `npm test` each kind in one of the layouts, by turns.
  const layouts = (["modular", "single"] as const).filter((_, at) => thorough || KINDS.indexOf(kind) % 2 === at);
  test.each(layouts)("passes its own tests and the lint: %s", async (layout) => {
    const directory = await written(kind, layout);
    const python = await pythonFor(kind);
    const { all, exitCode } = await execa(
      python.python,
      ["-B", "-m", "unittest", "discover", "-s", "tests", "-t", "."],
      {
        cwd: directory,
        env: { PYTHONPATH: STAND_IN },
        reject: false,
        all: true,
        stdin: "ignore",
      },
    );
    expect(exitCode, all).toBe(0);
    expect(Number(/Ran (\d+) tests/.exec(all)?.[1])).toBeGreaterThan(8);
    expect(await lintLakeflow(directory, python)).toEqual([]);
  });
});

describe("what lies beside the code", () => {
  test.each(KINDS)("a specification with every key, and no value in any file: %s", async (kind) => {
    const blueprint = kindBlueprint(kind);
    const client = await clientOf(blueprint);
    const keys = client.configuration ?? blueprint.configuration;
    const files = extraFiles(blueprint, client);
    const spec = parse(contentOf(files, "connector_spec.yaml")) as {
      display_name: string;
      connection: { parameters: { name: string; type: string; required: boolean; secret?: boolean }[] };
      external_options_allowlist: string;
    };
    expect(spec.display_name).toBe(blueprint.title);
    expect(spec.connection.parameters.map(({ name }) => name)).toEqual(keys.map(({ key }) => key));
    for (const { key, secret, required } of keys) {
      const parameter = spec.connection.parameters.find(({ name }) => name === key);
      expect(parameter).toMatchObject({ type: "string", required });
      expect(parameter?.secret ?? false).toBe(secret);
    }
    expect(spec.external_options_allowlist).toBe("max_records_per_batch");
    const development = JSON.parse(contentOf(files, "configs/dev_config.json")) as Record<string, string>;
    expect(Object.keys(development)).toEqual(keys.map(({ key }) => key));
    for (const value of Object.values(development)) expect(value).toMatch(/^\$\{env:[A-Z][A-Z0-9_]*\}$/);
    expect(contentOf(files, ".gitignore").split("\n")).toEqual(
      expect.arrayContaining(["configs/dev_config.json", "files/"]),
    );
  });

  test("texts of the source stay texts in YAML", () => {
    const blueprint = kindBlueprint("rest");
    blueprint.title = 'a: "b"\nexternal_options_allowlist: evil # c';
    const [first] = blueprint.configuration;
    if (first) first.description = "yes: - |\n  no";
    const client = { requirements: ["requests==2.32.5", "pyspark==4.2.0"], configuration: blueprint.configuration };
    const files = extraFiles(blueprint, client as unknown as ClientPart);
    const spec = parse(contentOf(files, "connector_spec.yaml")) as {
      display_name: string;
      external_options_allowlist: string;
    };
    expect(spec.display_name).toBe(blueprint.title);
    expect(spec.external_options_allowlist).toBe("max_records_per_batch");
    expect(contentOf(files, "requirements.txt")).toBe("requests==2.32.5\n");
  });

  test("without incremental tables nothing is allowed, and nothing is tested of batches or deletes", async () => {
    const blueprint = kindBlueprint("database");
    const whole: Blueprint = { ...blueprint, tables: blueprint.tables.slice(2) };
    const files = extraFiles(whole, await clientOf(whole));
    expect(contentOf(files, "connector_spec.yaml")).toContain('external_options_allowlist: ""');
    expect(contentOf(files, "tests/test_connector.py")).not.toMatch(/max_records_per_batch|read_table_deletes/);
  });
});
