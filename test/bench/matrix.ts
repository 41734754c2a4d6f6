/**
 * Builds and proves a connector for every description in a folder, without a model, on the simulated source:
 * `npm run matrix -- DIR [NAME…]`. Prints a table; what could not be built is named with its reason.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { blueprintSchema } from "../../src/artifacts/blueprint.ts";
import { reportSchema } from "../../src/artifacts/report.ts";
import { connectorName } from "../../src/workflow/requirements.ts";
import { runCli, temporaryDirectory } from "../support/run-cli.ts";

const [folder = ".", ...only] = process.argv.slice(2);
const workspace = await temporaryDirectory();
const files = (await readdir(folder)).filter(
  (name) => /\.(ya?ml|json)$/.test(name) && (only.length === 0 || only.includes(basename(name))),
);
let red = 0;
for (const file of files.sort()) {
  const name = file.replace(/\.\w+$/, "");
  const spec = join(workspace, `${name}.spec.yaml`);
  const auth = process.env.MATRIX_AUTH ?? "";
  await writeFile(
    spec,
    `name: ${name}\nsource: { kind: rest, docs: ["${resolve(folder, file)}"]${auth} }\ntest: { mode: simulated }\n`,
  );
  const started = performance.now();
  const result = await runCli(["build", spec], { workspace });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const place = join(workspace, connectorName(name), ".syncsmith");
  const blueprint = await readFile(join(place, "blueprint.json"), "utf8").then(
    (text) => blueprintSchema.parse(JSON.parse(text)),
    () => undefined,
  );
  const report = await readFile(join(place, "reports/1.json"), "utf8").then(
    (text) => reportSchema.parse(JSON.parse(text)),
    () => undefined,
  );
  const verdict = report ? (report.green ? "green" : "RED") : `not built (exit ${result.code})`;
  if (report && !report.green) red += 1;
  const rows = report?.tables.reduce((sum, table) => sum + table.rows, 0) ?? 0;
  console.log(
    `${name.padEnd(20)} ${String(blueprint?.tables.length ?? 0).padStart(4)} tables ${String(blueprint?.skipped.length ?? 0).padStart(4)} left out ` +
      `${String(rows).padStart(7)} rows ${seconds.padStart(7)} s  ${verdict}`,
  );
  if (!report)
    console.log(
      result.stderr
        .split("\n")
        .filter((line) => /^(error|hint)/.test(line))
        .map((line) => `    ${line}`)
        .join("\n"),
    );
  for (const blocker of report?.blockers.slice(0, 8) ?? []) console.log(`    ${blocker}`);
}
console.log(`Connectors in ${workspace}`);
process.exitCode = red > 0 ? 1 : 0;
