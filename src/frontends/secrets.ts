/** Which values a front end must never show: those that the workspace's specs refer to, and those beside adopted code. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import type { CommonOptions } from "../options.ts";
import { readText } from "../system/files.ts";
import { type Redactor, resolveReference } from "../system/secrets.ts";
import { privateValues } from "../tools/private-values.ts";
import { referencesIn } from "../tools/spec-summary.ts";
import { ARTIFACTS } from "../workflow/store.ts";
import { connectorsIn } from "./standing.ts";

export const SPECS = "specs";
const REQUIREMENTS = "requirements.json";

/** Adds the values behind every reference in the specs of the workspace and of its connectors, and what adopted code has beside it. */
export async function learnSecrets(redactor: Redactor, context: CommonOptions): Promise<void> {
  const root = resolve(context.workspace);
  const specs = await readdir(join(root, SPECS)).catch(() => []);
  const connectors = await connectorsIn(context.workspace);
  const paths = [
    ...specs.map((name) => join(root, SPECS, name)),
    ...connectors.map((name) => join(root, name, ARTIFACTS, REQUIREMENTS)),
  ];
  for (const path of paths) {
    const text = await readText(path).catch(() => undefined);
    if (text === undefined) continue;
    const address = /"spec_address":\s*"([^"]+)"/.exec(text)?.[1] ?? path;
    await learnReferences(redactor, { text, baseDirectory: dirname(address), environment: context.environment });
    // The copy of adopted code has the files, too.
    if (basename(path) === REQUIREMENTS && adoptedIn(text) !== undefined) {
      redactor.add(...(await privateValues(dirname(dirname(path)))));
    }
  }
}

export interface Referring {
  text: string;
  /** Directory that files are relative to. */
  baseDirectory: string;
  environment: CommonOptions["environment"];
}

/** Adds the values behind the references in a spec's text, as far as they have one, and what the code that it adopts has beside it. */
export async function learnReferences(redactor: Redactor, { text, ...where }: Referring): Promise<void> {
  for (const { kind, name } of referencesIn(text)) {
    // What has no value now has none that could be shown.
    const value = await resolveReference(`\${${kind}:${name}}`, where).catch(() => undefined);
    if (value !== undefined) redactor.add(value);
  }
  const code = adoptedIn(text);
  if (code !== undefined) redactor.add(...(await privateValues(resolve(where.baseDirectory, code))));
}

/** The folder that a spec, or the requirements made of it, names: also one that is not whole yet. */
function adoptedIn(text: string): string | undefined {
  try {
    const found = parse(text) as (Adopting & { spec?: Adopting | null }) | null;
    const code = (found?.spec ?? found)?.adopted?.code;
    return typeof code === "string" ? code : undefined;
  } catch {
    return undefined;
  }
}

interface Adopting {
  adopted?: { code?: unknown } | null;
}
