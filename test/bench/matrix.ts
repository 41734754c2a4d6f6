/**
 * `npm run matrix`: the square. Every spec under `test/matrix` (a folder per kind of source) is built without a model for
 * each target and put through all checks; one line per cell. Narrowed by words that the cell's name must hold:
 * `npm run matrix -- database lakeflow`. With a folder instead, every description in it is built: `npm run matrix -- DIR`.
 */
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { type Blueprint, blueprintSchema } from "../../src/artifacts/blueprint.ts";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";
import { connectorName } from "../../src/workflow/requirements.ts";
import { startSource } from "../matrix/sources.ts";
import { runCli, temporaryDirectory } from "../support/run-cli.ts";
import { countCode } from "./count-code.ts";

const KINDS = ["rest", "graphql", "database", "file"] as const;
const TARGETS = ["fivetran", "lakeflow", "both"] as const;
const ROOT = resolve(import.meta.dirname, "../matrix");

interface Cell {
  name: string;
  /** The spec as it is written to the workspace. */
  spec: Record<string, unknown>;
  environment: Record<string, string>;
}

interface Outcome {
  verdict: string;
  blueprint: Blueprint | undefined;
  report: Report | undefined;
  seconds: number;
  lines: number;
  said: string[];
}

const workspace = await temporaryDirectory();
const words = process.argv.slice(2);
const folder = words[0] !== undefined && (await isFolder(words[0])) ? words.shift() : undefined;
let red = 0;
let built = 0;
let unrun = 0;

print("cell", { tables: "tables", rows: "rows", checks: "verdicts", lines: "lines", seconds: "seconds", verdict: "" });
for await (const cell of folder === undefined ? square(words) : described(folder, words)) {
  const outcome = await build(cell);
  built += 1;
  if (outcome.verdict === "linted, not run") unrun += 1;
  else if (outcome.verdict !== "green") red += 1;
  const { blueprint, report } = outcome;
  print(cell.name, {
    tables: String(blueprint?.tables.length ?? 0),
    rows: String(report?.tables.reduce((sum, table) => sum + table.rows, 0) ?? 0),
    checks: String(report?.checks.filter(({ verdict }) => verdict !== "not-applicable").length ?? 0),
    lines: String(outcome.lines),
    seconds: outcome.seconds.toFixed(1),
    verdict: outcome.verdict,
  });
  for (const line of outcome.said) console.log(`    ${line}`);
}
console.log(
  `\n${built - red - unrun} of ${built} cells green, ${unrun} linted and not run. Connectors in ${workspace}`,
);
if (folder === undefined) console.log(`\n${await countCode()}`);
process.exitCode = red > 0 ? 1 : 0;

function print(
  name: string,
  cell: Record<"tables" | "rows" | "checks" | "lines" | "seconds" | "verdict", string>,
): void {
  const { tables, rows, checks, lines, seconds, verdict } = cell;
  console.log(
    `${name.padEnd(52)} ${tables.padStart(6)} ${rows.padStart(7)} ${checks.padStart(8)} ${lines.padStart(6)} ${seconds.padStart(8)}  ${verdict}`,
  );
}

/** Every spec of the square for every target; a source that has to run is there while its cells are built. */
async function* square(wanted: readonly string[]): AsyncIterable<Cell> {
  for (const kind of KINDS) {
    const files = (await readdir(join(ROOT, kind)).catch(() => [])).filter((name) => name.endsWith(".yaml")).sort();
    for (const file of files) {
      const name = basename(file, ".yaml");
      const targets = TARGETS.filter((target) => wanted.every((word) => `${kind} ${name} ${target}`.includes(word)));
      if (targets.length === 0) continue;
      const path = join(ROOT, kind, file);
      const source = await startSource(kind, name);
      if ("missing" in source) {
        console.log(`${`${kind} ${name}`.padEnd(52)} not run: ${source.missing}`);
        continue;
      }
      try {
        const spec = withWholePaths(parse(await readFile(path, "utf8")), dirname(path));
        for (const target of targets) {
          const merged = { ...spec, source: { ...(spec.source as object), ...source.spec } };
          const own = { ...merged, name: `${name} ${target}`, target, test: { mode: source.mode } };
          yield { name: `${kind} ${name} ${target}`, spec: own, environment: source.environment };
        }
      } finally {
        await source.close();
      }
    }
  }
}

async function* described(directory: string, only: readonly string[]): AsyncIterable<Cell> {
  const files = (await readdir(directory)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  for (const file of files) {
    if (only.length > 0 && !only.includes(file)) continue;
    const name = file.replace(/\.\w+$/, "");
    const source = { kind: "rest", docs: [resolve(directory, file)] };
    yield { name, spec: { name, source, test: { mode: "simulated" } }, environment: {} };
  }
}

function withWholePaths(spec: Record<string, unknown>, directory: string): Record<string, unknown> {
  const source = spec.source as { docs?: string[] };
  const docs = source.docs?.map((doc) => (/^https?:/.test(doc) ? doc : resolve(directory, doc)));
  return { ...spec, source: { ...source, ...(docs ? { docs } : {}) } };
}

async function build({ spec, environment }: Cell): Promise<Outcome> {
  const path = join(workspace, `${connectorName(String(spec.name))}.spec.yaml`);
  await writeFile(path, stringify(spec));
  const started = performance.now();
  const result = await runCli(["build", path, "--model", "none"], { workspace, environment, full: true });
  const seconds = (performance.now() - started) / 1000;
  const place = join(workspace, connectorName(String(spec.name)));
  const read = <T>(file: string, schema: { parse(value: unknown): T }): Promise<T | undefined> =>
    readFile(join(place, ".syncsmith", file), "utf8").then(
      (text) => schema.parse(JSON.parse(text)),
      () => undefined,
    );
  const blueprint = await read("blueprint.json", blueprintSchema);
  const report = await read("reports/1.json", reportSchema);
  const errors = result.stderr.split("\n").filter((line) => /^(error|hint)/.test(line));
  const linted = /is generated and linted, but not run/.test(result.stderr);
  // A green report is not all: the documents come after it.
  const ended = result.code === 0 ? "green" : `NOT GREEN (exit ${result.code})`;
  const built = report ? (report.green ? ended : "RED") : `NOT BUILT (exit ${result.code})`;
  const verdict = linted ? "linted, not run" : built;
  const failures = result.stderr.split("\n").filter((line) => /^✗/.test(line));
  const bugs = result.stderr.split("\n").filter((line) => /^This is a bug/.test(line));
  const said = report ? [...report.blockers.slice(0, 8), ...bugs] : linted ? [] : [...failures, ...errors];
  return { verdict, blueprint, report, seconds, lines: await linesOf(place), said };
}

/** Lines of Python in the connector, its tests left out. */
async function linesOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter(
    (entry) => entry.name.endsWith(".py") && !/\/(tests|\.syncsmith|files)(\/|$)/.test(`${entry.parentPath}/`),
  );
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")));
  return texts.reduce((sum, text) => sum + text.split("\n").length - 1, 0);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
