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

/** Redacts a text that arrives in pieces: what is given out, joined, equals `redact` of the whole. */
export interface RedactedStream {
  /** What may be shown now. Only what could still become a secret, or lies in one, is held back. */
  push(text: string): string;
  /** What was held back, once nothing more comes. */
  end(): string;
}

export interface Redactor {
  /** Adds values that must not be shown. Values under 4 characters are not redacted: they would blank out ordinary text. */
  add(...values: string[]): void;
  redact(text: string): string;
  /** A new stream; secrets added later count for what has not been given out yet. */
  stream(): RedactedStream;
  /** The values, for programs that search artifacts for them. */
  values(): string[];
}

const MASK = "****";

/** Replaces each secret, and its base64 and URL-encoded forms, by `****`; secrets that overlap become one. */
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
    redact: (text) => mask(text, needles),
    stream: () => {
      let held = "";
      return {
        push: (text) => {
          held += text;
          const safe = safeLength(held, needles);
          const shown = mask(held.slice(0, safe), needles);
          held = held.slice(safe);
          return shown;
        },
        end: () => {
          const shown = mask(held, needles);
          held = "";
          return shown;
        },
      };
    },
    values: () => [...secrets],
  };
}

/** Fields of our artifacts that hold one of few words of ours: a password `pass` must not make a verdict unreadable. */
export const FIELDS_OF_OURS: ReadonlySet<string> = new Set([
  "basis",
  "check",
  "depth",
  "kind",
  "outcome",
  "severity",
  "status",
  "verdict",
]);

/**
 * The same value as JSON has it, its texts redacted but for the fields `kept`. Text by text and not as JSON: a secret of
 * digits would make a number unreadable, and one with a quotation mark stands otherwise in JSON.
 */
export function withoutSecrets<T>(
  value: T,
  { redact }: Pick<Redactor, "redact">,
  kept: ReadonlySet<string> = new Set(),
): T {
  return JSON.parse(JSON.stringify(value), (key, member: unknown) =>
    typeof member === "string" && !kept.has(key) ? redact(member) : member,
  );
}

function mask(text: string, needles: readonly string[]): string {
  let shown = "";
  let from = 0;
  for (const [start, end] of occurrences(text, needles)) {
    shown += text.slice(from, start) + MASK;
    from = end;
  }
  return from === 0 ? text : shown + text.slice(from);
}

/** Where needles lie in the text, in order; those that overlap are one stretch. */
function occurrences(text: string, needles: readonly string[]): [start: number, end: number][] {
  const found: [number, number][] = [];
  for (const needle of needles) {
    // One character on, not one needle: a needle may overlap itself, and no end of it may stay.
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1))
      found.push([at, at + needle.length]);
  }
  found.sort(([a], [b]) => a - b);
  const stretches: [number, number][] = [];
  for (const [start, end] of found) {
    const last = stretches.at(-1);
    if (last === undefined || start >= last[1]) stretches.push([start, end]);
    else last[1] = Math.max(last[1], end);
  }
  return stretches;
}

/** How much of the text's beginning no needle can reach into, whatever comes after it. */
function safeLength(text: string, needles: readonly string[]): number {
  const longest = needles.reduce((length, needle) => Math.max(length, needle.length), 0);
  let safe = Math.max(0, text.length - longest + 1);
  while (safe < text.length && !needles.some((needle) => begins(needle, text, safe))) safe += 1;
  // A stretch that reaches past this point is not cut in two: what comes may make it longer.
  const across = occurrences(text, needles).find(([start, end]) => start < safe && safe < end);
  return across?.[0] ?? safe;
}

/** Whether the text from here to its end is the beginning of the needle, and not the whole of it. */
function begins(needle: string, text: string, from: number): boolean {
  return needle.length > text.length - from && needle[0] === text[from] && needle.startsWith(text.slice(from));
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
