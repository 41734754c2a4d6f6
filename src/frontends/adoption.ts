/** Adopting a connector that was written elsewhere, as every front end begins it: which folder is meant, and the draft of its spec. */
import { realpath } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { CommonOptions } from "../options.ts";
import { isDirectory } from "../system/files.ts";
import type { Adopting } from "../tools/adopt-connector.ts";
import { type AdoptionDraft, draftAdoption } from "../workflow/adopt-draft.ts";
import { connectorName } from "../workflow/requirements.ts";
import { needRequirements } from "../workflow/step.ts";
import { ARTIFACTS, openStore } from "../workflow/store.ts";
import { targetOfCode } from "./lint.ts";
import { createServices } from "./session.ts";

/** The folder that is meant, absolute. Throws `UserError` where there is nothing to adopt, or its name is another connector's. */
export async function folderToAdopt(context: CommonOptions, { directory: given, name }: Adopting): Promise<string> {
  const directory = resolve(given.replace(/^~(?=$|[\\/])/, context.environment.HOME ?? "~"));
  if (!(await isDirectory(directory))) throw new UserError(`${given} is no folder.`);
  if (await isDirectory(join(directory, ARTIFACTS))) {
    throw new UserError(`${given} is a connector of this program's: there is nothing to adopt.`, {
      hint: "It can be tested, enhanced and asked about as it is.",
    });
  }
  const called = connectorName(name ?? basename(directory));
  const present = join(resolve(context.workspace), called);
  if ((await isDirectory(join(present, ARTIFACTS))) && (await codeOf(present)) !== (await realpath(directory))) {
    throw new UserError(`There is a connector ${called} in ${context.workspace}, and it is another one.`, {
      hint: "Give the one that is to be adopted a name of its own.",
    });
  }
  return directory;
}

/** The folder that a connector of the workspace was adopted from. */
async function codeOf(directory: string): Promise<string | undefined> {
  const requirements = await needRequirements({ store: await openStore(directory) }).catch(() => undefined);
  const { adoptedCode } = await import("../workflow/adopt.ts");
  const code = requirements === undefined ? undefined : adoptedCode(requirements);
  return code === undefined ? undefined : realpath(code).catch(() => undefined);
}

export interface Drafting {
  /** Folder that the spec is going to lie in. */
  specs: string;
  onNote: (text: string) => void;
  signal: AbortSignal;
}

/** Asks the code for its tables: a person has agreed to that. */
export async function draftSpec(
  context: CommonOptions,
  { directory, name = basename(directory) }: Adopting,
  { specs, onNote, signal }: Drafting,
): Promise<AdoptionDraft> {
  const services = createServices(context, onNote);
  const targets = await services.targets({ target: await targetOfCode(directory), kind: "rest" });
  const [part] = targets.parts;
  if (part === undefined) throw new Error("There is no target.");
  const code = relative(specs, directory) || ".";
  return draftAdoption({ directory, code, name, target: part.target, signal });
}
