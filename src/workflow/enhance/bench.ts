/**
 * The bench that a connector is changed on: a whole copy of it beside its artifacts. The connector itself is as it was until
 * the copy is green, and takes its place then in one go; whatever ends the work before leaves nothing half-changed.
 */
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { listFiles } from "../../system/files.ts";
import { holdsValues } from "../../tools/connector-file.ts";
import { ARTIFACTS, openStore, type Store } from "../store.ts";

/** In the connector's artifacts. */
const FOLDER = "enhancing";
export const ENHANCEMENTS = "enhancements";
const STANDING = join(FOLDER, "standing.json");
const APPLYING = join(FOLDER, "applying.json");

/** Of a connector's folder: not its own, and as large as may be. */
const NOT_COPIED = [".git", ".venv", "venv", "env", "node_modules", "__pycache__", ARTIFACTS];
/** Of its artifacts: what is about the connector and not about one state of it. */
const NOT_STATE = ["lock", "history", "run.jsonl", FOLDER, ENHANCEMENTS];
/** Of the version before, what nobody goes back to. */
const NOT_KEPT = ["files", join(ARTIFACTS, "recordings"), join(ARTIFACTS, "logs"), join(ARTIFACTS, "conversations")];

const standingSchema = z.strictObject({ key: z.string(), refined: z.boolean() });
const applyingSchema = z.strictObject({
  number: z.int().positive(),
  /** `before`: the version before has it. */
  entries: z.array(z.strictObject({ name: z.string(), before: z.boolean() })),
});

export interface ChangeBench {
  /** Of the copy. */
  store: Store;
  /** The model's part is done: a killed run goes on after it. */
  refined: boolean;
  markRefined(): Promise<void>;
  /** The copy takes the connector's place; the version before stays with the enhancement of that number. */
  apply(number: number): Promise<void>;
  discard(): Promise<void>;
}

/** The bench of a killed run with the same key, or a new one. The connector's lock is held. */
export async function openBench(store: Store, key: string): Promise<ChangeBench> {
  await finishApplying(store);
  // A folder's name says which connector is in it.
  const directory = store.path(FOLDER, basename(store.directory));
  const standing = await store.read(STANDING, standingSchema).catch(() => undefined);
  const goesOn = standing?.key === key;
  if (!goesOn) {
    await rm(store.path(FOLDER), { recursive: true, force: true });
    for (const entry of await entriesOf(store.directory)) await copy(store.directory, directory, entry);
    await store.write(STANDING, { key, refined: false });
  }
  return {
    store: await openStore(directory),
    refined: goesOn && standing.refined,
    markRefined: () => store.write(STANDING, { key, refined: true }),
    apply: async (number) => {
      const [old, now] = [new Set(await entriesOf(store.directory)), await entriesOf(directory)];
      const entries = [...new Set([...old, ...now])].map((name) => ({ name, before: old.has(name) }));
      await store.write(APPLYING, { number, entries });
      await finishApplying(store);
    },
    discard: () => rm(store.path(FOLDER), { recursive: true, force: true }),
  };
}

/** What makes the state of a connector: its own files and folders, and its artifacts. */
async function entriesOf(directory: string): Promise<string[]> {
  const [own, artifacts] = await Promise.all([directory, join(directory, ARTIFACTS)].map(names));
  return [
    ...(own ?? []).filter((name) => !NOT_COPIED.includes(name)),
    ...(artifacts ?? []).filter((name) => !NOT_STATE.includes(name)).map((name) => join(ARTIFACTS, name)),
  ];
}

async function names(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

async function copy(from: string, to: string, entry: string): Promise<void> {
  const filter = (path: string) => basename(path) !== "__pycache__";
  await cp(join(from, entry), join(to, entry), {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    filter,
  });
}

/** Goes through the list of what is to change places, also after a kill in the middle of it. */
export async function finishApplying(store: Store): Promise<void> {
  const applying = await store.read(APPLYING, applyingSchema);
  if (applying === undefined) return;
  const bench = store.path(FOLDER, basename(store.directory));
  const kept = store.path(ENHANCEMENTS, String(applying.number), "before");
  const moved = new Set(await entriesOf(kept));
  for (const { name, before } of applying.entries) {
    // Moved away already, or never there: what is in its place now is the new one.
    if (before && !moved.has(name)) await move(join(store.directory, name), join(kept, name));
    await move(join(bench, name), join(store.directory, name));
  }
  await rm(store.path(APPLYING), { force: true });
  // The values are where they were, and nowhere else.
  const values = (await listFiles(kept)).filter(holdsValues);
  for (const name of [...NOT_KEPT, ...values]) await rm(join(kept, name), { recursive: true, force: true });
  await rm(store.path(FOLDER), { recursive: true, force: true });
}

async function move(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
