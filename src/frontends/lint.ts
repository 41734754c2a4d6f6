/** The linters on any connector's folder, ours or anybody's. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { isDirectory, listFiles } from "../system/files.ts";
import { formatFindings } from "../targets/findings.ts";
import type { TargetName } from "../targets/target.ts";
import { openActions } from "./actions.ts";
import { createServices } from "./session.ts";

export interface LintRequest {
  directory: string;
  /** `auto`: by what the code says of itself. */
  target: string;
}

export async function lint({ directory, target }: LintRequest, context: CommandContext): Promise<ExitCode> {
  const path = resolve(directory);
  if (!(await isDirectory(path))) throw new UserError(`${directory} is no folder.`);
  const services = createServices(context, (text) => context.streams.stderr.write(`${text}\n`));
  const name = target === "auto" ? await targetOfCode(path) : named(target);
  const targets = await services.targets({ target: name, kind: "rest" });
  const findings = await targets.lint(path);
  if (context.json) for (const finding of findings) context.streams.stdout.write(`${JSON.stringify(finding)}\n`);
  else context.streams.stdout.write(findings.length === 0 ? "Nothing found.\n" : `${formatFindings(findings)}\n`);
  const actions = openActions(context);
  actions.findings(path, findings);
  actions.close();
  return findings.some(({ severity }) => severity === "blocker") ? EXIT.notGreen : EXIT.done;
}

function named(target: string): TargetName {
  if (target === "fivetran" || target === "lakeflow") return target;
  throw new UserError(`--target ${target} is not one that exists.`, { hint: "Possible: auto, fivetran, lakeflow." });
}

/** Every Lakeflow connector, old or new, names its interface. */
export async function targetOfCode(directory: string): Promise<TargetName> {
  const files = (await listFiles(directory, ["files", "__pycache__"])).filter((path) => path.endsWith(".py"));
  for (const file of files) {
    if ((await readFile(join(directory, file), "utf8")).includes("LakeflowConnect")) return "lakeflow";
  }
  return "fivetran";
}
