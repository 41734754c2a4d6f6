/**
 * The judge is judged: one defect planted in a correct connector per check, and the check must fail. The connector
 * itself is the one that the generator writes for the shop.
 */
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Blueprint, blueprintSchema } from "../../src/artifacts/blueprint.ts";
import type { CheckId, CheckResult, Report } from "../../src/artifacts/report.ts";
import { type ProofRequest, prove } from "../../src/proof/prove.ts";
import { restSource } from "../../src/sources/rest/rest.ts";
import { ensurePythonEnv } from "../../src/system/python-env.ts";
import { createFivetranTarget } from "../../src/targets/fivetran/fivetran.ts";
import type { Target } from "../../src/targets/target.ts";
import { oneTarget } from "../../src/targets/targets.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { writeShop } from "../support/shop.ts";
import { verifies } from "../support/verifies.ts";

let original: string;
let blueprint: Blueprint;
let target: Target;

beforeAll(async () => {
  const workspace = await temporaryDirectory();
  const built = await runHere(["build", await writeShop(workspace)], {
    workspace,
    environment: { SHOP_TOKEN: "unused" },
  });
  expect(built.code, built.stderr).toBe(0);
  original = join(workspace, "shop");
  blueprint = blueprintSchema.parse(JSON.parse(await readFile(join(original, ".syncsmith/blueprint.json"), "utf8")));
  target = createFivetranTarget(await ensurePythonEnv());
});

interface Defect {
  check: CheckId;
  what: string;
  file: string;
  from: string;
  to: string;
}

/** What a check blames a copy of the connector for, in which one place is changed. The proof ends with that check. */
async function blamedBy(check: CheckId, place: Pick<Defect, "file" | "from" | "to">): Promise<string[]> {
  const found = new AbortController();
  const blamed: string[] = [];
  const onChecked = (results: readonly CheckResult[]) => {
    const own = results.filter((result) => result.check === check && result.verdict === "fail");
    blamed.push(...own.filter(({ severity }) => severity === "blocker").map(({ summary }) => summary));
    if (blamed.length > 0) found.abort();
  };
  await proveWith(place, { onChecked, signal: found.signal }).catch((error: unknown) => {
    if (!found.signal.aborted) throw error;
  });
  return blamed;
}

/** A copy of the connector with one place changed, proven. */
async function proveWith(
  { file, from, to }: Pick<Defect, "file" | "from" | "to">,
  watch: Partial<Pick<ProofRequest, "onChecked" | "signal">> = {},
): Promise<Report> {
  const directory = join(await temporaryDirectory(), "shop");
  await cp(original, directory, { recursive: true });
  const code = await readFile(join(directory, file), "utf8");
  expect(code.split(from).length - 1, `${file} must hold the place once: ${from}`).toBe(1);
  await writeFile(
    join(directory, file),
    code.replace(from, () => to),
  );
  return prove({
    blueprint,
    directory,
    recordings: join(directory, ".syncsmith/recordings"),
    targets: oneTarget(target),
    kind: restSource,
    round: 1,
    codeHash: "0".repeat(64),
    depth: "quick",
    basisReason: "a test",
    now: () => new Date(),
    onProgress: () => {},
    onLog: () => {},
    signal: new AbortController().signal,
    ...watch,
  });
}

const DEFECTS: Defect[] = [
  {
    check: "lint",
    what: "prints",
    file: "sync.py",
    from: '        log.info(f"{table.name}: reading")',
    to: '        print(f"{table.name}: reading")',
  },
  {
    check: "initial-sync",
    what: "drops the last page",
    file: "api.py",
    from: ">= int(total):",
    to: ">= int(total) - 1:",
  },
  {
    check: "initial-sync",
    what: "loses children of later parents",
    file: "reading.py",
    from: "            yield values\n",
    to: "            yield values\n        return\n",
  },
  {
    check: "keys",
    what: "declares a key that is not unique",
    file: "reading.py",
    from: 'primary_key=("order_id", "id"),',
    to: 'primary_key=("id",),',
  },
  {
    check: "columns",
    what: "never fills a column",
    file: "models.py",
    from: "    row = dict.fromkeys(COLUMNS[table.name]) | record\n",
    to: '    row = dict.fromkeys(COLUMNS[table.name]) | record | {"status": None}\n',
  },
  {
    check: "second-sync",
    what: "ignores its state",
    file: "reading.py",
    from: 'saved.get("cursor"), {}',
    to: "None, {}",
  },
  {
    check: "changes",
    what: "leaves out rows that equal the cursor",
    file: "sync.py",
    from: "        rows += write_page(table, page)\n        # Only now",
    to: [
      '        since = state.get(table.name, {}).get("cursor")',
      "        parse = table.cursor.parse if table.cursor else str",
      '        page = [r for r in page if not since or parse(r["updated_at"]) > parse(since)]',
      "        rows += write_page(table, page)",
      "        # Only now",
    ].join("\n"),
  },
  {
    check: "deletes",
    what: "never truncates",
    file: "sync.py",
    from: "            op.truncate(table=table.name)\n",
    to: "            pass\n",
  },
  {
    check: "refusal",
    what: "tries a refused credential again and again",
    file: "api.py",
    from: "frozenset({408,",
    to: "frozenset({401, 408,",
  },
  {
    check: "configuration",
    what: "never validates",
    file: "connector.py",
    from: "    validate_configuration(configuration)\n    with",
    to: "    with",
  },
  {
    check: "secrets",
    what: "logs its key",
    file: "api.py",
    from: "        self._secrets = (key,)",
    to: '        self._secrets = (key,)\n        log.info(f"using {key}")',
  },
];

describe("a planted defect", () => {
  it.each(DEFECTS)(verifies("proof.checks", "$check fails for a connector that $what"), async ({ check, ...place }) => {
    expect(await blamedBy(check, place)).not.toEqual([]);
  });

  it("has no part in what a correct connector is blamed for", async () => {
    const report = await proveWith({
      file: "sync.py",
      from: "Read all tables, one after the other.",
      to: "Read all tables.",
    });
    expect(report.blockers).toEqual([]);
    expect(report.green).toBe(true);
  });
});
