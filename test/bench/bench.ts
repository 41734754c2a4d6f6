/**
 * The figures that are printed before a release: `npm run bench`. Ratios in one run, because machines are noisy.
 * `npm run bench -- --rows 100000` for a shorter one.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { StoredEvent } from "../../src/workflow/events.ts";
import { runCli, temporaryDirectory } from "../support/run-cli.ts";
import { benchDebugger, formatDebuggerBench } from "./debugger.ts";

const rowsAt = process.argv.indexOf("--rows");
const rows = rowsAt > 0 ? Number(process.argv[rowsAt + 1]) : 1_000_000;

console.log("Start-up: `syncsmith --help` against `node -e 0`, median of 15");
const program = new URL("../../dist/main.js", import.meta.url).pathname;
const [help, bare] = [await median([program, "--help"]), await median(["-e", "0"])];
console.log(`  ${help.toFixed(0)} ms / ${bare.toFixed(0)} ms = ${(help / bare).toFixed(2)} (target under 3)\n`);

console.log("Demo with a warm environment, by step");
for (const line of await demoSteps()) console.log(`  ${line}`);

console.log(`\nDebugger: ${rows.toLocaleString("en")} rows x 10 columns from a trivial connector on the real SDK`);
console.log(formatDebuggerBench(await benchDebugger({ rows })));
console.log("(targets: at least 0.8; under 400 MB and flat in the number of rows)");

async function median(args: string[]): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 15; run++) {
    const started = performance.now();
    await execa(process.execPath, args, { stdout: "ignore" });
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[7] ?? 0;
}

async function demoSteps(): Promise<string[]> {
  const workspace = await temporaryDirectory();
  await runCli(["demo"], { workspace });
  const fresh = await temporaryDirectory();
  const started = performance.now();
  const { code } = await runCli(["demo"], { workspace: fresh });
  const total = performance.now() - started;
  const log = await readFile(join(fresh, "github_demo/.syncsmith/run.jsonl"), "utf8");
  const events = log.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as StoredEvent]));
  const steps = events.flatMap((event) =>
    event.type === "step-ended"
      ? [`${event.step.padEnd(14)} ${(event.milliseconds / 1000).toFixed(1).padStart(6)} s`]
      : [],
  );
  return [...steps, `${"in all".padEnd(14)} ${(total / 1000).toFixed(1).padStart(6)} s, exit code ${code}`];
}
