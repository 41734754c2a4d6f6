/** Which values a front end must never show: those that the workspace's specs refer to. */
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { CommonOptions } from "../options.ts";
import { readText } from "../system/files.ts";
import { type Redactor, resolveReference } from "../system/secrets.ts";
import { referencesIn } from "../tools/spec-summary.ts";
import { ARTIFACTS } from "../workflow/store.ts";
import { connectorsIn } from "./standing.ts";

export const SPECS = "specs";

/** Adds the values behind every reference in the specs of the workspace and of its connectors. */
export async function learnSecrets(redactor: Redactor, context: CommonOptions): Promise<void> {
  const root = resolve(context.workspace);
  const specs = await readdir(join(root, SPECS)).catch(() => []);
  const connectors = await connectorsIn(context.workspace);
  const paths = [
    ...specs.map((name) => join(root, SPECS, name)),
    ...connectors.map((name) => join(root, name, ARTIFACTS, "requirements.json")),
  ];
  for (const path of paths) {
    const text = await readText(path).catch(() => undefined);
    if (text === undefined) continue;
    const address = /"spec_address":\s*"([^"]+)"/.exec(text)?.[1] ?? path;
    await learnReferences(redactor, { text, baseDirectory: dirname(address), environment: context.environment });
  }
}

export interface Referring {
  text: string;
  /** Directory that files are relative to. */
  baseDirectory: string;
  environment: CommonOptions["environment"];
}

/** Adds the values behind the references in a text, as far as they have one. */
export async function learnReferences(redactor: Redactor, { text, ...where }: Referring): Promise<void> {
  for (const { kind, name } of referencesIn(text)) {
    // What has no value now has none that could be shown.
    const value = await resolveReference(`\${${kind}:${name}}`, where).catch(() => undefined);
    if (value !== undefined) redactor.add(value);
  }
}
