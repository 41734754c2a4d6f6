/** Makes the server known to a host: its entry in the project's file, and the skills where hosts look for them. */
import { access, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { modelSecrets } from "../../agent/credentials.ts";
import { EXIT, type ExitCode, UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import { isDirectory, writeAtomically } from "../../system/files.ts";
import { createRedactor } from "../../system/secrets.ts";
import {
  claudeLine,
  entryFor,
  HOSTS,
  type Host,
  type HostFile,
  nodeCommand,
  SERVER,
  type ServerEntry,
} from "./hosts.ts";
import { type Placed, placeEntry } from "./place-entry.ts";
import { placeSkills, planSkills, type SkillPlan } from "./place-skills.ts";

/** Beside the package's root: the same from src/ as from dist/. */
const PROGRAM = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

export interface InstallRequest {
  /** None: only the skills. */
  host: Host | undefined;
  workspace: string;
  /** The project in which the host works. */
  directory: string;
  /** Puts our entry in place of one that differs. Never touches skills that a person changed. */
  force: boolean;
  /** Shows what would be written, and writes nothing. */
  print: boolean;
  skills: boolean;
}

/** Everything is read and judged before anything is written. */
export async function installMcp(request: InstallRequest, context: CommandContext): Promise<ExitCode> {
  const { host, skills } = request;
  const directory = resolve(request.directory);
  if (!(await isDirectory(directory))) throw new UserError(`${request.directory} is no folder.`);
  const entry = host && (await ourEntry(request, context));
  const file = host && HOSTS[host];
  const registration =
    file && entry && !request.print ? await plan({ directory, file, entry }, request.force) : undefined;
  const skillPlan = skills ? await planSkills(directory) : undefined;
  if (file && entry && request.print) print(file, entry, context);
  if (registration) await register(registration, context);
  if (skillPlan) await tellSkills(skillPlan, request.print, context);
  const outcome = registration?.placed.outcome;
  if (host && entry && outcome !== "differs" && outcome !== "unchanged") advise(host, entry, context);
  return outcome === "differs" ? EXIT.refused : EXIT.done;
}

async function ourEntry({ workspace }: InstallRequest, context: CommandContext): Promise<ServerEntry> {
  await access(PROGRAM).catch((cause: unknown) => {
    throw new UserError(`${PROGRAM} is not there: the program has not been built.`, {
      hint: `Run \`npm run build\` in ${dirname(dirname(PROGRAM))}.`,
      cause,
    });
  });
  const { cacheDirectory, python, environment } = context;
  return entryFor({
    program: PROGRAM,
    workspace: resolve(workspace),
    cacheDirectory: cacheDirectory && resolve(cacheDirectory),
    // A bare name is looked for where programs are.
    python: python && (/[\\/]/.test(python) ? resolve(python) : python),
    node: await nodeCommand(environment.PATH, process.execPath),
  });
}

interface Target {
  directory: string;
  file: HostFile;
  entry: ServerEntry;
}

interface Registration {
  path: string;
  /** Access rights of the file that is there. */
  mode: number | undefined;
  byteOrderMark: string;
  placed: Placed;
}

async function plan({ directory, file, entry }: Target, force: boolean): Promise<Registration> {
  const path = join(directory, ...file.path);
  const { text, mode } = await read(path);
  const byteOrderMark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const { section, comments } = file;
  const place = { path, section, name: SERVER, entry, comments, force };
  return { path, mode, byteOrderMark, placed: placeEntry(text.slice(byteOrderMark.length), place) };
}

/** Bytes that are no UTF-8 would be lost on writing. */
async function read(path: string): Promise<{ text: string; mode: number | undefined }> {
  try {
    const [bytes, { mode }] = [await readFile(path), await stat(path)];
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), mode: mode & 0o777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { text: "", mode: undefined };
    const what = error instanceof TypeError ? "is not JSON: it is not UTF-8" : "cannot be read";
    throw new UserError(`${path} ${what}, and was left as it is.`, { cause: error });
  }
}

async function register({ path, mode, byteOrderMark, placed }: Registration, context: CommandContext): Promise<void> {
  const { outcome } = placed;
  const event = { type: "server", outcome, path };
  if (outcome === "differs") return tellDifference(path, placed.difference, context);
  if (outcome === "unchanged") {
    return tell(context, { event, line: `${SERVER} is in ${path} already, as it should be: nothing was written.` });
  }
  await write(path, byteOrderMark + placed.text, mode);
  const beside = placed.others === 0 ? "" : `, beside ${placed.others} other${placed.others === 1 ? "" : "s"}`;
  tell(context, { event, line: `${outcome === "added" ? "Added" : "Replaced"} ${SERVER} in ${path}${beside}.` });
}

function tellDifference(path: string, found: readonly string[], context: CommandContext): void {
  const { redact } = createRedactor(modelSecrets(context.environment));
  const difference = found.map(redact);
  if (context.json) tell(context, { event: { type: "server", outcome: "differs", path, difference }, line: "" });
  const lines = [`${path} has another ${SERVER}, which was left as it is:`, ...difference.map((line) => `  ${line}`)];
  context.streams.stderr.write(`${lines.join("\n")}\nhint: --force puts ours in its place.\n`);
}

/** A link stays a link, and a file that only its owner may read stays so. */
async function write(path: string, text: string, mode: number | undefined): Promise<void> {
  try {
    await writeAtomically(mode === undefined ? path : await realpath(path), text, mode);
  } catch (error) {
    throw new UserError(`${path} cannot be written.`, { hint: "Take the entry from --print.", cause: error });
  }
}

function print({ section, path }: HostFile, entry: ServerEntry, context: CommandContext): void {
  const content = { [section]: { [SERVER]: entry } };
  const file = path.join("/");
  tell(context, {
    event: { type: "server", outcome: "printed", path: file, content },
    line: JSON.stringify(content, null, 2),
  });
  context.streams.stderr.write(`This belongs in ${file}. Nothing was written.\n`);
}

const DONE = {
  written: "wrote",
  updated: "brought up to date",
  unchanged: "as it should be",
  changed: "kept, for it was changed by hand; delete it to have ours",
  foreign: "kept, for it is not ours; delete it to have ours",
} as const;
const WOULD_BE: Readonly<Record<string, string>> = {
  written: "would be written",
  updated: "would be brought up to date",
};

async function tellSkills(skills: SkillPlan, dry: boolean, context: CommandContext): Promise<void> {
  if (!dry) await placeSkills(skills);
  for (const { name, path, outcome } of skills.files) {
    const line = `${path}: ${(dry ? WOULD_BE[outcome] : undefined) ?? DONE[outcome]}`;
    const event = {
      type: "skill",
      name,
      path,
      outcome,
      written: !dry && (outcome === "written" || outcome === "updated"),
    };
    // With --print stdout is the entry alone.
    if (dry && !context.json) context.streams.stderr.write(`${line}\n`);
    else tell(context, { event, line });
  }
}

/** On stderr: what is not the result. */
function advise(host: Host, entry: ServerEntry, { streams }: CommandContext): void {
  const { title, next, reference, finds } = HOSTS[host];
  const lines = [
    next,
    "The entry names paths of this machine: keep the file to yourself, or have the others put theirs in with --force.",
    `Secrets belong in no file: the entry refers to them, "env": { "NAME": "\${${reference}}" }, and ${title} finds them ${finds}.`,
  ];
  if (host === "claude") lines.push(`Without the file, for you alone: ${claudeLine(entry)}`);
  streams.stderr.write(lines.map((line) => `${line}\n`).join(""));
}

function tell({ json, streams }: CommandContext, { event, line }: { event: object; line: string }): void {
  streams.stdout.write(`${json ? JSON.stringify(event) : line}\n`);
}
