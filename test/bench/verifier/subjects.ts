/** The correct connectors that defects are planted into: generated ones of each kind of source, by target. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { type Spec, specSchema } from "../../../src/artifacts/spec.ts";
import { sourceOfKind, targetOfName } from "../../../src/frontends/session.ts";
import { http } from "../../../src/system/http.ts";
import { ensurePythonEnv, pythonParts } from "../../../src/system/python-env.ts";
import { adoptedTarget } from "../../../src/targets/adopted.ts";
import type { Target, TargetName } from "../../../src/targets/target.ts";
import { connectorName } from "../../../src/workflow/requirements.ts";
import { describeDdl } from "../../sources/database/fixtures.ts";
import { fileBlueprint } from "../../support/file-blueprint.ts";

/** A connector as it is put to the proof. */
export interface Subject {
  blueprint: Blueprint;
  target: Target;
  /** Writes the correct connector. */
  write(directory: string): Promise<void>;
}

const MATRIX = resolve(import.meta.dirname, "../../matrix");

const ADOPTED = resolve(import.meta.dirname, "../../fixtures/adopted");

const DDL = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, amount DECIMAL(38,9), updated_at DATETIME NOT NULL);
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
`;

/** Name -> how it comes to be. The name's first word is the kind of source. */
export const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  "rest pages": () => ofSpec("rest/01-key-in-header-pages", "fivetran"),
  "rest cursor": () => ofSpec("rest/02-bearer-cursor-flag", "fivetran"),
  "rest offset": () => ofSpec("rest/03-basic-offset-exclusive", "fivetran"),
  "rest oauth": () => ofSpec("rest/04-oauth-next-url-children", "fivetran"),
  "rest session": () => ofSpec("rest/05-session-pages-until-empty", "fivetran"),
  "rest children": () => ofSpec("rest/06-link-header-children-since", "fivetran"),
  "rest steps": () => ofSpec("rest/07-key-in-query-id-ranges", "fivetran"),
  "rest windows": () => ofSpec("rest/08-windows-of-dates", "fivetran"),
  "rest feed": () => ofSpec("rest/10-feed-of-deletes", "fivetran"),
  "rest ledger": () => ofSpec("rest/11-no-key-values-at-limits", "fivetran"),
  "rest cursor lakeflow": () => ofSpec("rest/02-bearer-cursor-flag", "lakeflow"),
  "rest feed lakeflow": () => ofSpec("rest/10-feed-of-deletes", "lakeflow"),
  "rest ledger lakeflow": () => ofSpec("rest/11-no-key-values-at-limits", "lakeflow"),
  "graphql depot": () => ofSpec("graphql/depot", "fivetran"),
  "graphql shop lakeflow": () => ofSpec("graphql/shop", "lakeflow"),
  "database sqlite": () => ofDatabase("fivetran"),
  "database sqlite lakeflow": () => ofDatabase("lakeflow"),
  "file csv": () => ofFiles("fivetran", "files"),
  "file csv lakeflow": () => ofFiles("lakeflow", "none"),
  "file csv lakeflow whole": () => ofFiles("lakeflow", "files"),
  "adopted offset": () => adopted("offset"),
  "adopted next_cursor": () => adopted("next_cursor"),
  "adopted parent_child": () => adopted("parent_child"),
  "adopted community": () => adopted("community"),
};

/** A spec of the square, described without a model. */
async function ofSpec(path: string, target: TargetName): Promise<Subject> {
  const file = join(MATRIX, `${path}.yaml`);
  return generated((await described(file)).blueprint, target);
}

/** A connector that somebody wrote, with the spec beside it. */
async function adopted(name: string): Promise<Subject> {
  const folder = join(ADOPTED, name);
  const { blueprint, spec } = await described(join(folder, "spec.yaml"));
  if (spec.adopted === undefined || spec.target === "both") throw new Error(`${name} is not adopted for one target.`);
  const code = join(folder, spec.adopted.code);
  return {
    blueprint,
    target: adoptedTarget(await targetFor(blueprint, spec.target), spec.adopted),
    write: (directory) => cp(code, directory, { recursive: true }),
  };
}

async function described(file: string): Promise<{ blueprint: Blueprint; spec: Spec }> {
  const spec = specSchema.parse(parse(await readFile(file, "utf8")));
  const kind = await sourceOfKind(spec.source.kind);
  const requirements = { version: 1 as const, name: connectorName(spec.name), spec, spec_address: file };
  const signal = new AbortController().signal;
  const context = { http, baseDirectory: dirname(file), now: () => new Date(), signal };
  return { blueprint: (await kind.describe(requirements, context)).blueprint, spec };
}

async function targetFor({ source }: Blueprint, name: TargetName): Promise<Target> {
  return targetOfName(name, await ensurePythonEnv({ parts: pythonParts(source.kind) }));
}

async function ofDatabase(target: TargetName): Promise<Subject> {
  const { blueprint } = await describeDdl("sqlite", DDL);
  const tables = blueprint.tables.map((table) => ({ ...table, read: { ...table.read, batch: 7 } }));
  return generated({ ...blueprint, tables: tables as Blueprint["tables"] }, target);
}

function ofFiles(target: TargetName, kind: "files" | "none"): Promise<Subject> {
  const shape = { deletes: { kind } };
  return generated(fileBlueprint({ store: "local", credentials: "none" }, [shape]), target);
}

async function generated(blueprint: Blueprint, targetName: TargetName): Promise<Subject> {
  const kind = await sourceOfKind(blueprint.source.kind);
  const target = await targetFor(blueprint, targetName);
  const client = (of: Blueprint) => kind.client(of, { single: false });
  const files = await target.generate(blueprint, { layout: "modular", client });
  return {
    blueprint,
    target,
    write: async (directory) => {
      for (const { path, content } of files) {
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), content);
      }
    },
  };
}
