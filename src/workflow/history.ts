/**
 * Snapshots of a connector's own text files, taken before something changes them: what changed last, and the way back.
 * `configuration.json` is left out, for people put real values into it; so is everything that no connector has written.
 */
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.ts";
import { confine, listFiles, readText, writeAtomically } from "../system/files.ts";
import type { Store } from "./store.ts";

const FOLDER = "history";
/** So many snapshots are kept. */
export const RING = 20;
/** Longer files are no source text. */
const LONGEST_FILE = 1_000_000;
/** What a sync leaves behind, and what may hold secrets. */
const NOT_OURS = ["files", "__pycache__", "crash-reports", "configuration.json"];
/** What generating remembers of the files it wrote: it goes back with them, or they would count as edited by hand. */
const MANIFEST = "generated.json";

const snapshotSchema = z.strictObject({
  version: z.literal(1),
  number: z.int().positive(),
  /** ISO 8601, UTC. */
  time: z.iso.datetime(),
  /** What was about to change the files: `build`, `fix 1`. */
  why: z.string(),
  files: z.record(z.string(), z.string()),
  manifest: z.string().nullable(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export interface FileChange {
  path: string;
  /** Text before and after; absent where there was no such file. */
  before?: string;
  after?: string;
}

export interface Change {
  why: string;
  /** When it began. */
  time: string;
  /** In the order of their paths; never empty. */
  files: FileChange[];
}

/**
 * Takes a snapshot before something changes the files. Nothing is kept of a connector that has no files yet; where nothing
 * changed since the last snapshot, that one stands for this change.
 */
export async function remember(store: Store, why: string, now: () => Date = () => new Date()): Promise<void> {
  const files = await ownFiles(store.directory);
  if (Object.keys(files).length === 0) return;
  const numbers = await numbersOf(store);
  const last = numbers.at(-1);
  const same = last !== undefined && changesBetween((await load(store, last)).files, files).length === 0;
  const number = same ? last : (last ?? 0) + 1;
  const manifest = (await readText(store.path(MANIFEST))) ?? null;
  const snapshot: Snapshot = { version: 1, number, time: now().toISOString(), why, files, manifest };
  await save(store, `${number}.json`, snapshot);
  for (const old of numbers.slice(0, Math.max(0, numbers.length + (same ? 0 : 1) - RING))) await drop(store, old);
}

/** What is different from before the last thing that changed the files; undefined when nothing is. */
export async function lastChange(store: Store): Promise<Change | undefined> {
  return (await newestDifferent(store))?.change;
}

export interface Undone {
  change: Change;
  /** Absolute path of the file that keeps what was undone. */
  kept: string;
}

/**
 * Puts the files back to before the last change, files of others too if they were there then; undefined when there is nothing to undo.
 * What is taken back is kept beside the snapshots.
 */
export async function undo(store: Store, now: () => Date = () => new Date()): Promise<Undone | undefined> {
  const found = await newestDifferent(store);
  if (found === undefined) return undefined;
  const { snapshot, change, newer } = found;
  // All places are looked at before the first is written.
  const places = await Promise.all(
    change.files.map(async ({ path, before }) => ({
      place: await confine(store.directory, ownPath(store, path)),
      before,
    })),
  );
  const name = `undone-${snapshot.number}.json`;
  const files = await ownFiles(store.directory);
  const manifest = (await readText(store.path(MANIFEST))) ?? null;
  await save(store, name, { ...snapshot, time: now().toISOString(), why: `undo of ${change.why}`, files, manifest });
  for (const { place, before } of places) {
    if (before === undefined) await rm(place, { force: true });
    else await writeAtomically(place, before);
  }
  if (snapshot.manifest === null) await rm(store.path(MANIFEST), { force: true });
  else await writeAtomically(store.path(MANIFEST), snapshot.manifest);
  for (const number of [...newer, snapshot.number]) await drop(store, number);
  return { change, kept: store.path(FOLDER, name) };
}

/** The files of the connector that have text, by path. Links are not followed. */
async function ownFiles(directory: string): Promise<Record<string, string>> {
  const paths = await listFiles(directory, NOT_OURS).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const found: Record<string, string> = {};
  for (const path of paths) {
    const full = join(directory, path);
    if ((await stat(full)).size > LONGEST_FILE) continue;
    const bytes = await readFile(full);
    const text = bytes.toString("utf8");
    // Only what comes back as the same bytes can be put back.
    if (!bytes.includes(0) && Buffer.from(text, "utf8").equals(bytes)) found[path] = text;
  }
  return found;
}

/** A snapshot is a file, and files can be changed: no path in it may lead to what it would never have held. */
function ownPath(store: Store, path: string): string {
  const parts = path.split("/");
  if (!parts.some((part) => part === "" || part.startsWith(".") || NOT_OURS.includes(part))) return path;
  throw new UserError(`A snapshot of ${store.directory} names ${path}, which no snapshot may hold.`, {
    hint: `Delete ${store.path(FOLDER)}.`,
  });
}

function changesBetween(before: Record<string, string>, after: Record<string, string>): FileChange[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths
    .filter((path) => before[path] !== after[path])
    .map((path) => ({
      path,
      ...(before[path] === undefined ? {} : { before: before[path] }),
      ...(after[path] === undefined ? {} : { after: after[path] }),
    }));
}

interface Found {
  snapshot: Snapshot;
  change: Change;
  /** Snapshots after it, from which nothing is different. */
  newer: number[];
}

async function newestDifferent(store: Store): Promise<Found | undefined> {
  const now = await ownFiles(store.directory);
  const newer: number[] = [];
  for (const number of (await numbersOf(store)).reverse()) {
    const snapshot = await load(store, number);
    const files = changesBetween(snapshot.files, now);
    if (files.length > 0) return { snapshot, newer, change: { why: snapshot.why, time: snapshot.time, files } };
    newer.push(number);
  }
  return undefined;
}

async function numbersOf(store: Store): Promise<number[]> {
  const names = await readdir(store.path(FOLDER)).catch(() => []);
  return names.flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : [])).sort((a, b) => a - b);
}

async function load(store: Store, number: number): Promise<Snapshot> {
  const found = await store.read(join(FOLDER, `${number}.json`), snapshotSchema);
  if (found === undefined) throw new UserError(`The snapshot ${number} of ${store.directory} is gone.`);
  return found;
}

/** Readable by its owner alone: code may hold what the person would not show. */
async function save(store: Store, name: string, snapshot: Snapshot): Promise<void> {
  await mkdir(store.path(FOLDER), { recursive: true });
  await writeAtomically(store.path(FOLDER, name), `${JSON.stringify(snapshot, null, 2)}\n`, 0o600);
}

async function drop(store: Store, number: number): Promise<void> {
  await rm(store.path(FOLDER, `${number}.json`), { force: true });
}
