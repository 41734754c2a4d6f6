/** When contract tests are written beside a connector, and when they are taken away. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import { CONTRACT } from "../../src/artifacts/contract.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { hashCode } from "../../src/proof/prove.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { oneTarget } from "../../src/targets/targets.ts";
import { keepContract } from "../../src/workflow/contract.ts";
import { documentStep } from "../../src/workflow/document.ts";
import { writeGenerated } from "../../src/workflow/generate.ts";
import { readManifest } from "../../src/workflow/manifest.ts";
import type { StepContext } from "../../src/workflow/step.ts";
import { openStore } from "../../src/workflow/store.ts";
import { describeDdl } from "../sources/database/fixtures.ts";
import { readWorkflow, runJob } from "../support/actions-runner.ts";
import { greenReport } from "../support/kind-blueprints.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const DDL = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, updated_at DATETIME NOT NULL);";

test(verifies(
  "ci.runs",
  verifies("contract.shipped", "tests come with the full proof of a code, run in a pull request, and go with the code"),
), {
  timeout: 120_000,
}, async () => {
  const { blueprint, requirements } = await describeDdl("sqlite", DDL);
  const kind = await sourceOfKind("database");
  const targets = oneTarget(await targetOfName("fivetran", await ensurePythonEnv({ parts: pythonParts("database") })));
  const store = await openStore(join(await temporaryDirectory(), "shop"));
  const context = {
    store,
    services: { source: async () => kind, targets: async () => targets, environment: {}, now: () => new Date() },
    options: { force: false },
    emit: () => {},
    redactor: createRedactor(),
    signal: new AbortController().signal,
    round: 1,
  } as unknown as StepContext;
  const client = (of: Blueprint) => kind.client(of, { single: true });
  await writeGenerated(context, await targets.generate(blueprint, { layout: "single", client }));
  const code_hash = await hashCode(store.directory);
  const basis_reason = `No live test: /v2/items is not ${join(store.directory, "shop.db")}.`;
  const report = { ...greenReport(blueprint), depth: "full" as const, code_hash, basis_reason };
  await store.write("requirements.json", requirements);
  await store.write("blueprint.json", blueprint);
  await store.write("reports/1.json", report);

  const { summary } = await documentStep.run(context);
  expect(summary).toContain(CONTRACT);
  expect(await hashCode(store.directory)).toBe(code_hash);
  expect(await readFile(join(store.directory, "README.md"), "utf8")).toContain("`python -m unittest`");
  for (const path of ["README.md", `${CONTRACT}/report.md`]) {
    const given = await readFile(join(store.directory, path), "utf8");
    expect(given, path).toContain("/v2/items is not shop.db.");
    expect(given, path).not.toContain(dirname(store.directory));
  }
  const own = async () => Object.keys(await readManifest(store)).filter((path) => path.startsWith(`${CONTRACT}/`));
  expect((await own()).sort()).toEqual(
    [
      "__init__.py",
      "expected.json",
      "first.sql",
      "proven.sha256",
      "report.md",
      "second.sql",
      "source.py",
      "syncs.py",
      "test_contract.py",
    ].map((name) => `${CONTRACT}/${name}`),
  );

  await runPullRequest(store.directory, targets.parts[0]?.target.contract.python.python ?? "");

  const quick = { ...report, depth: "quick" as const };
  expect(await keepContract(context, { blueprint, report: quick })).toBeUndefined();
  await writeFile(join(store.directory, CONTRACT, "expected.json"), "edited");
  const other = { ...quick, code_hash: "b".repeat(64) };
  expect(await keepContract(context, { blueprint, report: other })).toContain("quick");
  expect(await own()).toEqual([]);
  expect(await readdir(join(store.directory, CONTRACT))).toEqual(["expected.json"]);
});

/** The workflow's job for pull requests, command by command, in a checkout of a repository with this connector. */
async function runPullRequest(directory: string, python: string): Promise<void> {
  const workspace = dirname(directory);
  const programs = await temporaryDirectory();
  // The libraries are in the managed environment: nothing is installed here.
  const text = `#!/bin/bash\nif [ "$2" = pip ]; then exit 0; fi\nexec ${python} -B "$@"\n`;
  await writeFile(join(programs, "python"), text, { mode: 0o755 });
  await execa("git", ["init", "-q", workspace]);
  const { code, stderr } = await runHere(["ci", "shop"], { workspace });
  expect(code, stderr).toBe(0);
  const git = (...args: string[]) => execa("git", ["-C", workspace, ...args]);
  await git("add", "--all");
  const author = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
  await git(...author, "commit", "-q", "-m", "A connector");

  const repository = join(await temporaryDirectory(), "checkout");
  await execa("git", ["clone", "-q", workspace, repository]);
  const workflow = await readWorkflow(join(repository, ".github/workflows/shop_deploy.yml"));
  const job = { repository, job: "test", programs };
  const green = await runJob(workflow, job);
  expect(green.code, green.output).toBe(0);
  expect(green.summary).toMatch(/^## Tests of shop\n\nRan \d\d tests in .*\nOK\n/);
  expect(green.summary).toMatch(/\nThis very code was proven:\n\n# Green: `shop`\n/);

  // A pull request that reads everything again in every sync, in a file more.
  const path = join(repository, "shop/connector.py");
  const before = await readFile(path, "utf8");
  expect(before.split("    if not saved:")).toHaveLength(2);
  await writeFile(path, before.replace("    if not saved:", "    if True:"));
  await writeFile(join(repository, "shop/more.py"), "");
  await execa("git", ["-C", repository, "add", "--all"]);
  const red = await runJob(workflow, job);
  expect(red.code).not.toBe(0);
  expect(red.summary).toContain("- **FAIL** <code>test_the_next_sync_brings_what_changed_and_little_else");
  expect(red.summary).toMatch(
    /\nThese files changed since the code was proven, .*\n\n- <code>connector.py<\/code>\n- <code>more.py<\/code>\n\n# Green: `shop`\n/,
  );
}
