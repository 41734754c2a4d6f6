/** propose_spec: what was agreed with the person, as a spec in the workspace, with what is still open. */
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createTwoFilesPatch } from "diff";
import { parseDocument, stringify } from "yaml";
import { z } from "zod";
import type { Approve } from "../agent/approval.ts";
import { defineTool, type Tool, type ToolOutput } from "../agent/tool.ts";
import { SECRET_FIELDS } from "../artifacts/auth.ts";
import { type Spec, webSpec } from "../artifacts/spec.ts";
import { ToolError, UserError } from "../errors.ts";
import { readText, sha256, writeAtomically } from "../system/files.ts";
import { createRedactor, isReference } from "../system/secrets.ts";
import { openQuestions } from "./open-questions.ts";
import { referencesIn } from "./spec-summary.ts";

/** For propose_spec. */
export interface SpecDesk {
  /** Where specs are kept. */
  directory: string;
  /** File that remembers which specs were written here: path -> SHA-256 of their text. */
  ledger: string;
  /** Where relative paths that a person names are meant from. */
  workingDirectory: string;
  /** Parses and checks. Throws `UserError`. */
  parse(text: string, name: string): Spec;
  /** The name of the connector, and of the spec's file. Throws `UserError`. */
  nameOf(spec: Spec): string;
  isSet(variable: string): boolean;
  /** The call that builds a connector of this name, in words. */
  toBuild(name: string): string;
  approve: Approve;
  redact(text: string): string;
  /** From now on these values are shown to nobody: somebody wrote them where they do not belong. */
  hide(values: readonly string[]): void;
  /** Called with each spec that was written, before its result goes out. */
  wrote(path: string, spec: Spec): Promise<void>;
}

interface Input {
  spec: string | Record<string, unknown>;
}

export function proposeSpec(desk: SpecDesk): Tool {
  return defineTool<Input>({
    name: "propose_spec",
    title: "Propose spec",
    description:
      "Write down what was agreed on as a spec: `spec` is its YAML, or the same as an object (name, target, source, tables, " +
      "destination, test, limits). Its source: { kind: rest or graphql, base_url, docs, auth }, { kind: database, engine, host, " +
      "database, user, password; for sqlite: path } or { kind: file, store, path or bucket or base_url }; more in the skill of its " +
      "kind. Returns what is wrong with it, or where it was written and what is still open. Secrets are references (a dollar sign and {env:NAME}), never values. Call it again with the whole spec to change it.",
    input: z.strictObject({ spec: z.union([z.string().min(1), z.record(z.string(), z.unknown())]) }),
    effect: "write",
    describe: ({ spec }) => desk.redact(titleOf(spec)),
    run: async ({ spec: given }) => {
      const text = typeof given === "string" ? given : stringify(given);
      const spec = parse(desk, text);
      const name = desk.nameOf(spec);
      const path = join(desk.directory, `${name}.yaml`);
      await mayWrite(desk, path, text);
      await writeAtomically(path, text.endsWith("\n") ? text : `${text}\n`);
      await remember(desk, path);
      await desk.wrote(path, spec);
      return result(desk, { path, name, spec });
    },
  });
}

function titleOf(spec: Input["spec"]): string {
  const title = typeof spec === "string" ? /^name:\s*["']?([^"'\n#]*)/m.exec(spec)?.[1] : spec.name;
  return typeof title === "string" ? title.trim() : "";
}

/** The spec, or what is wrong with it in words that hold none of its secrets. */
function parse(desk: SpecDesk, text: string): Spec {
  const mask = createRedactor(literalsIn(text));
  try {
    const spec = desk.parse(text, "The spec");
    const exposed = exposedIn(spec);
    if (exposed === undefined) return spec;
    throw new UserError(`${exposed} holds a secret in plain text.`, {
      hint: "Leave it out there and give it under source.auth as a reference to an environment variable.",
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const exposed = /plain text/.test(error.message);
    if (exposed) desk.hide(writtenSecrets(text));
    const told = exposed
      ? " Ask the person to put it into an environment variable and to treat the value as exposed."
      : ` ${error.hint ?? ""}`;
    throw new ToolError(desk.redact(mask.redact(`${error.message}${told}\nNothing was written.`)));
  }
}

const SECRET_NAME = /auth|api[-_]?key|access[-_]?key|token|secret|passw|cookie|credential|signature/i;

/** Values that stand where secrets stand, whether the text is YAML or not. */
function literalsIn(text: string): string[] {
  const pairs = text.matchAll(/["']?([\w.-]+)["']?[ \t]*:[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s,{}[\]#][^\n,}#]*))/g);
  return [...pairs]
    .filter(([, key = ""]) => SECRET_NAME.test(key) || ["value", "password", "username", "client_id"].includes(key))
    .map(([, , double, single, bare]) => (double ?? single ?? bare ?? "").trim())
    .filter((value) => value !== "" && !isReference(value));
}

/** What a spec has in plain text where only references may stand. Short values are no secrets worth blanking out text for. */
function writtenSecrets(text: string): string[] {
  const data: unknown = parseDocument(text).toJS();
  const auth = (data as { source?: { auth?: Record<string, unknown> } } | null)?.source?.auth ?? {};
  const fields = SECRET_FIELDS[String(auth.kind) as keyof typeof SECRET_FIELDS] ?? [];
  return fields
    .map((field) => auth[field])
    .filter((value) => typeof value === "string")
    .filter((value) => value.length >= 8 && !isReference(value));
}

/** The field outside `auth` that holds a credential; undefined when there is none. */
function exposedIn({ source, tables = [] }: Spec): string | undefined {
  const addresses: [string, string][] = [
    ...addressesOf(source),
    ...source.docs.map((address, index): [string, string] => [`source.docs.${index}`, address]),
  ];
  for (const [field, address] of addresses) {
    if (!/^https?:/i.test(address) || !URL.canParse(address)) continue;
    const { username, password, searchParams } = new URL(address);
    if (username !== "" || password !== "" || [...searchParams].some(([name, value]) => literal(name, value)))
      return field;
  }
  for (const [name, value] of Object.entries(webSpec(source).headers ?? {}))
    if (literal(name, value)) return `source.headers.${name}`;
  for (const table of tables) {
    if (typeof table === "string") continue;
    for (const [name, value] of Object.entries(table.params ?? {})) {
      if (literal(name, value)) return `params.${name} of the table ${table.name}`;
    }
  }
  return undefined;
}

function addressesOf(source: Spec["source"]): [string, string][] {
  const fields = ["base_url", "endpoint_url"] as const;
  const stated = source as { readonly [F in (typeof fields)[number]]?: string };
  return fields.flatMap((field) => (stated[field] === undefined ? [] : [[`source.${field}`, stated[field]]]));
}

function literal(name: string, value: string): boolean {
  // `page_token=` and the like say where a page begins.
  return (
    SECRET_NAME.test(name) && !/page|next|continuation|sync/i.test(name) && value.length >= 4 && !isReference(value)
  );
}

const ledgerSchema = z.record(z.string(), z.string());

async function readLedger({ ledger }: SpecDesk): Promise<Record<string, string>> {
  const text = await readText(ledger);
  if (text === undefined) return {};
  try {
    return ledgerSchema.parse(JSON.parse(text));
  } catch {
    // Damaged: then no spec counts as ours, and the person is asked.
    return {};
  }
}

async function remember(desk: SpecDesk, path: string): Promise<void> {
  const written = { ...(await readLedger(desk)), [path]: sha256((await readText(path)) ?? "") };
  await writeAtomically(desk.ledger, `${JSON.stringify(written, null, 2)}\n`);
}

/** A spec that a person wrote or changed is theirs. Throws `ToolError` when they say no. */
async function mayWrite(desk: SpecDesk, path: string, text: string): Promise<void> {
  const present = await readText(path);
  if (present === undefined || present.trimEnd() === text.trimEnd()) return;
  if ((await readLedger(desk))[path] === sha256(present)) return;
  const patch = createTwoFilesPatch(path, path, present, text, "there", "proposed", { context: 1 });
  const lines = [`${path} was not written here, or was changed since.`, ...patch.split("\n").slice(3)];
  if (!(await desk.approve({ question: "Overwrite this spec?", lines: lines.map(desk.redact) }))) {
    throw new ToolError(
      `Overwriting was refused.\n${path} was written by somebody else and is as it was. Give the spec another name, or agree with the person on what is in that file.`,
    );
  }
  if ((await readText(path)) !== present) {
    throw new ToolError(`Nothing was written: ${path} changed while the person was asked. Call propose_spec again.`);
  }
}

interface Written {
  path: string;
  name: string;
  spec: Spec;
}

async function result(desk: SpecDesk, { path, name, spec }: Written): Promise<ToolOutput> {
  const open = [...openQuestions(spec), ...(await missingFiles(desk, { path, spec })), ...unset(desk, spec)];
  const questions =
    open.length === 0
      ? "Nothing is open."
      : `Still open (ask only what the documentation cannot tell):\n${open.map((line) => `- ${line}`).join("\n")}`;
  return {
    text: desk.redact(`The spec is valid and written to ${path}.\n${questions}\nTo build it: ${desk.toBuild(name)}.`),
    outcome: `written to ${path}${open.length === 0 ? "" : `, ${open.length} open`}`,
    data: { path, open },
  };
}

/** Relative paths are meant from where the spec lies. */
async function missingFiles(
  { directory, workingDirectory }: SpecDesk,
  { path: own, spec: { source } }: Pick<Written, "path" | "spec">,
): Promise<string[]> {
  const there = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  const open: string[] = [];
  const named = [...source.docs.map((address) => ["source.docs", address] as const), ...placeOnDisk(source)];
  for (const [field, address] of named) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(address)) continue;
    const found = resolve(directory, address);
    // A description may have the name that the spec was given: the spec is none.
    if (found !== own && (await there(found))) continue;
    const meant = resolve(workingDirectory, address);
    open.push(
      (await there(meant))
        ? `${field}: ${address} is looked for in ${directory} and is not there; write ${meant} instead`
        : `${field}: there is no file ${resolve(directory, address)}`,
    );
  }
  return open;
}

/** A database or a folder on this machine. */
function placeOnDisk(source: Spec["source"]): (readonly ["source.path", string])[] {
  const isLocal =
    (source.kind === "database" && source.engine === "sqlite") || (source.kind === "file" && source.store === "local");
  const { path } = source as { readonly path?: string };
  return isLocal && path !== undefined && !isReference(path) ? [["source.path", path]] : [];
}

function unset(desk: SpecDesk, spec: Spec): string[] {
  return referencesIn(spec)
    .filter(({ kind, name }) => kind === "env" && !desk.isSet(name))
    .map(
      ({ name }) =>
        `${name} is not set in this program's environment: without it the source is not asked and tests are simulated; the person can leave with /quit, export it, and start again`,
    );
}
