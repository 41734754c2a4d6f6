/**
 * Secrets: references in, redaction by value out. Every text that goes to a log, the screen, a report, a recording or a
 * model passes `redact` once, at that door.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../errors.ts";

const REFERENCE = /^\$\{(env|file):([^}]+)\}$/;

export function isReference(value: string): boolean {
  return REFERENCE.test(value);
}

export interface ResolveContext {
  /** The environment, as `cli.ts` read it. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Directory that `${file:…}` is relative to. */
  baseDirectory: string;
}

/** The value behind a reference, or the text itself when it is none. Throws `UserError` naming what is missing. */
export async function resolveReference(text: string, { environment, baseDirectory }: ResolveContext): Promise<string> {
  const match = REFERENCE.exec(text);
  if (!match) return text;
  const [, kind, name = ""] = match;
  if (kind === "env") {
    const value = environment[name];
    if (value === undefined || value === "") {
      throw new UserError(`The environment variable ${name} is not set, and the spec refers to it.`, {
        hint: `Set it before the run: export ${name}=…`,
      });
    }
    return value;
  }
  const path = resolve(baseDirectory, name);
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    throw new UserError(`The file ${name} that the spec refers to cannot be read.`, {
      hint: `Looked for ${path}.`,
      cause: error,
    });
  }
}

export interface Redactor {
  /** Adds values that must not be shown. Values under 4 characters are not redacted: they would blank out ordinary text. */
  add(...values: string[]): void;
  redact(text: string): string;
  /** The values, for programs that search artifacts for them. */
  values(): string[];
}

/** Replaces each secret, and its base64 and URL-encoded forms, by `****`. */
export function createRedactor(initial: readonly string[] = []): Redactor {
  const secrets = new Set<string>();
  let needles: string[] = [];
  const add = (...values: string[]) => {
    for (const value of values) if (value.length >= 4) secrets.add(value);
    needles = [...new Set([...secrets].flatMap(encodings))].sort((a, b) => b.length - a.length);
  };
  add(...initial);
  return {
    add,
    redact: (text) => needles.reduce((done, needle) => done.replaceAll(needle, "****"), text),
    values: () => [...secrets],
  };
}

function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret, "utf8");
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  forms.push(new URLSearchParams({ v: secret }).toString().slice(2));
  forms.push(...base64Forms(bytes));
  return forms.filter((form) => form.length >= 4);
}

/**
 * Base64 of the secret wherever it starts in a longer text (`user:secret` in a basic header): the characters that depend
 * only on the secret, for each of the three alignments.
 */
function base64Forms(bytes: Buffer): string[] {
  const forms: string[] = [];
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const start = shift === 0 ? 0 : shift === 1 ? 2 : 3;
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    const core = encoded.slice(start, whole);
    if (core.length >= 6) forms.push(core, core.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}
