/** The linter on any connector's folder, ours or anybody's. */
import { resolve } from "node:path";
import { EXIT, type ExitCode } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { formatFindings, lintFivetran } from "../targets/fivetran/lint.ts";
import { createServices } from "./session.ts";

export async function lint(directory: string, context: CommandContext): Promise<ExitCode> {
  const services = createServices(context, (text) => context.streams.stderr.write(`${text}\n`));
  const findings = await lintFivetran(resolve(directory), await services.python());
  if (context.json) for (const finding of findings) context.streams.stdout.write(`${JSON.stringify(finding)}\n`);
  else context.streams.stdout.write(findings.length === 0 ? "Nothing found.\n" : `${formatFindings(findings)}\n`);
  return findings.some(({ severity }) => severity === "blocker") ? EXIT.notGreen : EXIT.done;
}
