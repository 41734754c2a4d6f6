/** secrets: no configured secret in what the connector prints, keeps, writes or is made of. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CheckResult } from "../../artifacts/report.ts";
import { listFiles } from "../../system/files.ts";
import { createRedactor } from "../../system/secrets.ts";
import type { Bench } from "../bench.ts";
import { judged, notApplicable, subject } from "../result.ts";

/** configuration.json is where a person keeps the values; it is git-ignored and never packaged. */
const NOT_CODE = ["files", "__pycache__", "configuration.json"];

export async function checkSecrets(bench: Bench): Promise<CheckResult[]> {
  const { blueprint, source } = bench;
  const secrets = blueprint.configuration
    .filter(({ secret }) => secret)
    .map(({ key }) => source.configuration[key] ?? "")
    .filter((value) => value.length >= 4);
  if (secrets.length === 0) return [notApplicable(subject("secrets", source), "the connector has no secret")];
  const { redact } = createRedactor(secrets);
  const leaks: string[] = [];
  const search = (where: string, text: string) => {
    if (redact(text) !== text) leaks.push(where);
  };
  for (const { name, result } of bench.syncs) {
    // The debugger replaces secrets in what it passes on, and says that it had to: that is a leak in production.
    if (result.logs.some(({ text }) => text.includes("****"))) leaks.push(`log of the ${name} sync`);
    search(`log of the ${name} sync`, result.logs.map(({ text }) => text).join("\n"));
    search(`state after the ${name} sync`, JSON.stringify(result.state));
  }
  for (const { name } of await bench.warehouse.tables()) {
    for await (const row of bench.warehouse.rows(name)) search(`table ${name}`, Object.values(row).join("\n"));
  }
  for (const path of await listFiles(bench.directory, NOT_CODE)) {
    search(path, await readFile(join(bench.directory, path), "utf8"));
  }
  const places = [...new Set(leaks)];
  return [
    judged(subject("secrets", source), {
      pass: places.length === 0,
      summary:
        places.length === 0
          ? "no secret in logs, state, warehouse or code"
          : `a secret shows in: ${places.slice(0, 8).join(", ")}`,
      figures: { secrets: secrets.length, places: places.length },
    }),
  ];
}
