/** Where connectors stand, and the report's text. */

import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { readText } from "../system/files.ts";
import type { StepStanding } from "../tools/connector-status.ts";
import { openStore } from "../workflow/store.ts";
import { findConnector } from "./session.ts";
import { connectorsIn, standingIn } from "./standing.ts";

export async function status(connector: string | undefined, context: CommandContext): Promise<ExitCode> {
  const names = connector === undefined ? await connectorsIn(context.workspace) : [connector];
  if (names.length === 0) {
    context.streams.stderr.write(`No connector in ${context.workspace} yet: \`syncsmith build SPEC\` makes one.\n`);
    return EXIT.done;
  }
  for (const name of names) {
    const { steps, report: found } = await standingIn(context, name);
    const standing: Standing = { steps, green: found?.green };
    if (context.json) context.streams.stdout.write(`${JSON.stringify({ connector: name, ...standing })}\n`);
    else context.streams.stdout.write(`${describe(name, standing)}\n`);
  }
  return EXIT.done;
}

interface Standing {
  steps: StepStanding[];
  green: boolean | undefined;
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
