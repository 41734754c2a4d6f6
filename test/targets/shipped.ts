/** Connectors with the contract tests that they ship with, and ways to run these as somebody else's CI would. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { type Blueprint, blueprintOf } from "../../src/artifacts/blueprint.ts";
import { CONTRACT } from "../../src/artifacts/contract.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { makeContract } from "../../src/proof/contract/contract.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import type { GeneratedFile, Target, TargetName } from "../../src/targets/target.ts";
import { describeDdl } from "../sources/database/fixtures.ts";
import { describeSchema } from "../sources/graphql/fixture.ts";
import { fileBlueprint } from "../support/file-blueprint.ts";
import { kindBlueprint } from "../support/kind-blueprints.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

export interface Shipped {
  directory: string;
  target: Target;
  /** Of the suite, by name without its folder. */
  suite: ReadonlyMap<string, string>;
}

const DDL = `
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, updated_at DATETIME NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, amount DECIMAL(18,2), data BLOB);`;

type Case = "rest" | "graphql" | "sqlite" | "postgresql" | "mysql" | "local" | "http" | "s3" | "sftp";

export const BLUEPRINTS: Readonly<Record<Case, () => Promise<Blueprint>>> = {
  rest: async () =>
    makeBlueprint([
      {
        name: "boxes",
        columns: { id: "integer", name: "string", updated_at: "timestamp" },
        read: { pagination: { style: "page", page_param: "page", size_param: "per_page", size: 10 } },
        advance: { kind: "cursor", column: "updated_at", param: "since", order: "ascending" },
      },
    ]),
  graphql: async () => {
    const { blueprint } = await describeSchema({ docs: ["shop.graphql"], tables: ["orders", "order_line_items"] });
    return { ...blueprint, name: "shop" };
  },
  sqlite: async () => (await describeDdl("sqlite", DDL)).blueprint,
  postgresql: async () => kindBlueprint("database"),
  mysql: async () => {
    const blueprint = blueprintOf(kindBlueprint("database"), "database");
    return { ...blueprint, source: { ...blueprint.source, engine: "mysql" } };
  },
  local: async () => fileBlueprint({}, [{ name: "orders" }]),
  http: async () =>
    fileBlueprint({ store: "http", location: "https://shop.example/exports", credentials: "password" }, [
      { deletes: { kind: "files" } },
    ]),
  s3: async () => fileBlueprint({ store: "s3", location: "shop/landing", credentials: "access_key" }, [{}]),
  sftp: async () =>
    fileBlueprint({ store: "sftp", location: "shop.example:22/outgoing", credentials: "password" }, [{}]),
};

export async function ship(blueprint: Blueprint, name: TargetName): Promise<Shipped> {
  const directory = join(await temporaryDirectory(), blueprint.name);
  const kind = await sourceOfKind(blueprint.source.kind);
  const target = await targetOfName(name, await ensurePythonEnv({ parts: pythonParts(blueprint.source.kind) }));
  const client = (of: Blueprint) => kind.client(of, { single: false });
  await put(directory, await target.generate(blueprint, { layout: "modular", client }));
  const made = await makeContract({
    blueprint,
    directory,
    target,
    kind,
    now: new Date("2026-11-21T10:00:00Z"),
    signal: new AbortController().signal,
  });
  if ("missing" in made) throw new Error(made.missing);
  await put(directory, made.files);
  return {
    directory,
    target,
    suite: new Map(made.files.map(({ path, content }) => [path.slice(CONTRACT.length + 1), content])),
  };
}

export async function put(directory: string, files: readonly GeneratedFile[]): Promise<void> {
  for (const { path, content } of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

export interface Defect {
  file: string;
  from: string;
  to: string;
}

const NOWHERE = "http://127.0.0.1:9";

/** In a copy, with an empty environment in which a proxy refuses everything. `tests`: names of unittest, default all. */
export async function runSuite(
  { directory, target }: Shipped,
  { tests = [], defect }: { tests?: readonly string[]; defect?: Defect } = {},
): Promise<{ green: boolean; output: string }> {
  const copy = join(await temporaryDirectory(), "connector");
  await cp(directory, copy, { recursive: true });
  if (defect) {
    const path = join(copy, defect.file);
    const code = await readFile(path, "utf8");
    if (code.split(defect.from).length !== 2) throw new Error(`${defect.file} does not hold the place once`);
    await writeFile(
      path,
      code.replace(defect.from, () => defect.to),
    );
  }
  const env = { http_proxy: NOWHERE, https_proxy: NOWHERE, HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE };
  const ended = await execa(
    target.contract.python.python,
    ["-B", "-W", "error::ResourceWarning", "-m", "unittest", ...tests],
    {
      cwd: copy,
      extendEnv: false,
      env,
      reject: false,
      all: true,
      stdin: "ignore",
    },
  );
  return { green: ended.exitCode === 0, output: ended.all ?? "" };
}
