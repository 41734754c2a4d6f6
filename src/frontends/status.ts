/** Where connectors stand, and the report's text. */

import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { readText } from "../system/files.ts";
import { STEP_NAMES } from "../workflow/events.ts";
import { readLedger } from "../workflow/run.ts";
import { ARTIFACTS, openStore } from "../workflow/store.ts";
import { findConnector } from "./session.ts";

export async function status(connector: string | undefined, context: CommandContext): Promise<ExitCode> {
  const names = connector === undefined ? await connectorsIn(context.workspace) : [connector];
  if (names.length === 0) {
    context.streams.stderr.write(`No connector in ${context.workspace} yet: \`syncsmith build SPEC\` makes one.\n`);
    return EXIT.done;
  }
  for (const name of names) {
    const standing = await standingOf(await findConnector(context, name));
    if (context.json) context.streams.stdout.write(`${JSON.stringify({ connector: name, ...standing })}\n`);
    else context.streams.stdout.write(`${describe(name, standing)}\n`);
  }
  return EXIT.done;
}

async function connectorsIn(workspace: string): Promise<string[]> {
  const entries = await readdir(resolve(workspace), { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const inside: string[] = await readdir(join(resolve(workspace), entry.name)).catch(() => []);
    if (inside.includes(ARTIFACTS)) found.push(entry.name);
  }
  return found.sort();
}

interface Standing {
  steps: { step: string; round: number; outcome: string; summary: string }[];
  green: boolean | undefined;
}

async function standingOf(directory: string): Promise<Standing> {
  const store = await openStore(directory);
  const ledger = await readLedger({ store });
  const steps = Object.entries(ledger).map(([id, { outcome, summary }]) => {
    const [step = "", round = "1"] = id.split(".");
    return { step, round: Number(round), outcome, summary };
  });
  const order = (step: string) => (STEP_NAMES as readonly string[]).indexOf(step);
  const turn = ({ step, round }: { step: string; round: number }) =>
    ["generate", "test", "fix"].includes(step) ? round : order(step) > 4 ? 99 : 0;
  steps.sort((a, b) => turn(a) - turn(b) || order(a.step) - order(b.step));
  return { steps, green: (await store.readReport())?.green };
}

function describe(name: string, { steps, green }: Standing): string {
  const verdict = green === undefined ? "not tested" : green ? "green" : "not green";
  const lines = steps.map(
    ({ step, round, outcome, summary }) =>
      `  ${(round > 1 ? `${step} ${round}` : step).padEnd(14)}${outcome.padEnd(9)}${summary}`,
  );
  return [`${name}: ${verdict}`, ...lines].join("\n");
}

export async function report(
  { connector, html }: { connector: string; html: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const store = await openStore(await findConnector(context, connector));
  const found = await store.readReport();
  if (!found) throw new UserError(`${connector} has no report yet.`, { hint: `Run \`syncsmith test ${connector}\`.` });
  const page = store.path("reports", "report.html");
  if (context.json) context.streams.stdout.write(`${JSON.stringify(found)}\n`);
  else if (html) context.streams.stdout.write(`${page}\n`);
  else context.streams.stdout.write(`${(await readText(store.path("reports", "report.md"))) ?? ""}\nPage: ${page}\n`);
  return found.green ? EXIT.done : EXIT.notGreen;
}
