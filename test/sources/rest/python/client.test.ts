/** The client part by itself: no target is there, only the modules and a source that knows the truth. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Blueprint, blueprintOf } from "../../../../src/artifacts/blueprint.ts";
import type { ClientPart } from "../../../../src/python/client-part.ts";
import { globalNames, separateModules } from "../../../../src/python/modules.ts";
import { formatPython } from "../../../../src/python/ruff.ts";
import { restSource } from "../../../../src/sources/rest/rest.ts";
import type { Simulator } from "../../../../src/sources/simulator.ts";
import { ensurePythonEnv } from "../../../../src/system/python-env.ts";
import { simulated } from "../../../support/simulated.ts";
import { thorough } from "../../../support/thorough.ts";
import { verifies } from "../../../support/verifies.ts";
import { bazaar, clinic, colours, desk, ledger, queue, shop } from "../../../targets/fivetran/generate-blueprints.ts";

/** Reads everything twice in one process, as any target would, and tells what it saw. */
const READER = `
import copy, json, sys
import reading
from api import Client, validate_configuration

configuration = json.load(sys.stdin)
validate_configuration(configuration)
told = {}
with Client(configuration) as client:
    for table in reading.TABLES:
        entry = told[table.name] = {"key": list(table.primary_key), "problems": []}
        if hasattr(reading, "read_whole"):
            entry["whole"] = sum(len(page) for page in reading.read_whole(client, table))
        advances = getattr(table, "cursor", None) or getattr(table, "steps", None)
        if advances and hasattr(reading, "read_changes"):
            saved, kept = {}, []
            entry["rows"] = []
            for turn in range(2):
                count = 0
                for page, after in reading.read_changes(client, table, saved):
                    kept.append((after, copy.deepcopy(after)))
                    count += len(page)
                    saved = after
                entry["rows"].append(count)
            if any(after != copied for after, copied in kept):
                entry["problems"].append("a saved value was changed after it was yielded")
            if json.loads(json.dumps(saved)) != saved:
                entry["problems"].append("a saved value is no JSON")
            entry["saved"] = saved
        if getattr(table, "delete_feed", None):
            _, after = list(reading.read_deletes(client, table, {}))[-1]
            entry["deletes"] = after
print(json.dumps(told))
`;

interface Told {
  key: string[];
  problems: string[];
  whole?: number;
  rows?: [number, number];
  saved?: Record<string, unknown>;
  deletes?: Record<string, unknown>;
}

async function read(
  blueprint: Blueprint,
): Promise<{ told: Record<string, Told>; simulator: Simulator; client: ClientPart }> {
  const client = await restSource.client(blueprint, { single: false });
  const python = await ensurePythonEnv();
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-client-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const files = [...separateModules(client.modules), { path: "reader.py", content: READER }];
  for (const { path, content } of await formatPython(files, python)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const simulator = await simulated(blueprintOf(blueprint, "rest"), { seed: 5 });
  const done = await execa(python.python, ["-B", "reader.py"], {
    cwd: directory,
    input: JSON.stringify(simulator.configuration),
    env: { NO_PROXY: "127.0.0.1" },
  });
  return { told: JSON.parse(done.stdout), simulator, client };
}

describe("a client part needs no target", () => {
  test.each([
    ["shop", shop],
    ["ledger", ledger],
    ["queue", queue],
    ["colours", colours],
    ...(thorough ? [["bazaar", bazaar] as const, ["desk", desk] as const, ["clinic", clinic] as const] : []),
  ] as const)(verifies("fivetran.generated", "%s"), { timeout: 60_000 }, async (_, blueprint) => {
    const { told, simulator, client } = await read(blueprint);
    expect(Object.keys(told)).toEqual(blueprint.tables.map(({ name }) => name));
    for (const { name, primary_key, deletes, advance } of blueprint.tables) {
      const { key, problems, whole, rows, saved } = told[name] as Told;
      expect([name, key, problems]).toEqual([name, primary_key, []]);
      // Rows that are flagged as deleted are listed, too: the truth is without them.
      const least = simulator.truth(name).length;
      for (const count of [whole, rows?.[0]]) {
        if (count === undefined) continue;
        expect(count, name).toBeGreaterThanOrEqual(least);
        // By a number, in no order: what may have changed meanwhile is read once more, at most all of it.
        const again = advance.kind === "cursor" && advance.format === "integer" && advance.order === "unknown";
        if (again) expect(count, name).toBeLessThanOrEqual(2 * least);
        else if (deletes.kind !== "flag") expect(count, name).toBe(least);
      }
      if (rows !== undefined && least > 0) expect(saved, name).not.toEqual({});
    }
    const code = client.modules.map(({ content }) => content).join("\n");
    expect(code).not.toMatch(/fivetran|pyspark|databricks|lakeflow/i);
  });

  test(verifies("fivetran.generated", "what it offers is what is there"), async () => {
    for (const blueprint of [shop, bazaar, queue, colours]) {
      const { modules, offers, names, clientModule } = await restSource.client(blueprint, { single: true });
      const defined = globalNames(modules);
      expect(names).toEqual(defined);
      expect(modules.at(-1)?.name).toBe("reading");
      expect(globalNames(modules.filter(({ name }) => name === clientModule))).toEqual(
        expect.arrayContaining(["Client", "validate_configuration"]),
      );
      expect(["read_changes", "read_deletes", "is_deleted"].map((name) => defined.includes(name))).toEqual([
        offers.changes,
        offers.deletes,
        offers.flags,
      ]);
    }
  });
});
