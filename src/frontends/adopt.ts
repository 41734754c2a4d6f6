/** Connectors that were written elsewhere: put to the proof by a spec, or a spec drafted from what their code says. */
import { realpath, writeFile } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { EXIT, type ExitCode, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { isDirectory, readText } from "../system/files.ts";
import { createRedactor } from "../system/secrets.ts";
import { connectorName } from "../workflow/requirements.ts";
import { loadSpec } from "../workflow/spec-file.ts";
import { draftSpec, folderToAdopt } from "./adoption.ts";
import { build } from "./build.ts";

export interface AdoptRequest {
  directory: string;
  spec?: string;
  name?: string;
  force: boolean;
  logs: boolean;
  quick?: boolean;
}

export async function adopt(request: AdoptRequest, context: CommandContext): Promise<ExitCode> {
  const directory = resolve(request.directory);
  if (!(await isDirectory(directory))) throw new UserError(`${request.directory} is no folder.`);
  const { spec } = request;
  const isThere = spec !== undefined && (await readText(spec)) !== undefined;
  return isThere ? prove({ directory, spec }, request, context) : draft(directory, request, context);
}

async function prove(
  { directory, spec }: { directory: string; spec: string },
  { force, logs, quick }: AdoptRequest,
  context: CommandContext,
): Promise<ExitCode> {
  const loaded = await loadSpec(spec);
  const code = loaded.spec.adopted?.code;
  const named = code === undefined ? undefined : await realpath(resolve(loaded.directory, code)).catch(() => undefined);
  if (named !== (await realpath(directory))) {
    const wanted = relative(loaded.directory, directory) || ".";
    throw new UserError(
      code === undefined
        ? `${spec} describes no adopted connector.`
        : `${spec} adopts ${code}, which is another folder.`,
      { hint: `Add to the spec: adopted: { code: ${JSON.stringify(wanted)} }` },
    );
  }
  // A model may complete a description; here the person has.
  const model = { model: "none", provider: "anthropic" as const };
  return build({ specs: [spec], force, logs, ...model, ...(quick ? { quick } : {}) }, context);
}

async function draft(directory: string, { name, spec }: AdoptRequest, context: CommandContext): Promise<ExitCode> {
  const { stdout, stderr } = context.streams;
  const called = name ?? basename(directory);
  const file = spec ?? `${connectorName(called)}.spec.yaml`;
  await folderToAdopt(context, { directory, name: called });
  const { signal } = context;
  const onNote = (text: string) => void stderr.write(`${text}\n`);
  const drafting = { specs: dirname(resolve(file)), onNote, signal };
  const drafted = await draftSpec(context, { directory, name: called }, drafting);
  try {
    await writeFile(file, drafted.text, { flag: "wx" });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new UserError(exists ? `${file} exists already.` : `${file} cannot be written.`, {
      hint: exists
        ? `Complete it, then: syncsmith adopt ${directory} --spec ${file}`
        : "Go to a folder that can be written.",
      cause: error,
    });
  }
  stdout.write(`Wrote ${file}, drafted from the code. Still to be completed:\n`);
  const { redact } = createRedactor(drafted.secrets);
  for (const line of drafted.missing) stdout.write(`  ${redact(line)}\n`);
  stdout.write(`Then: syncsmith adopt ${directory} --spec ${file}\n`);
  return EXIT.notGreen;
}
