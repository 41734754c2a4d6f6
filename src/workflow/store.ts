/**
 * A connector's artifacts: `workspace/<connector>/.syncsmith/`. Each is a file with a schema; reading checks it, writing
 * is atomic. The connector's own files, which get deployed, are one directory up.
 */
import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { type Blueprint, blueprintSchema } from "../artifacts/blueprint.ts";
import { type Evidence, evidenceSchema } from "../artifacts/evidence.ts";
import { type Report, reportSchema } from "../artifacts/report.ts";
import { UserError } from "../errors.ts";
import { readText, writeAtomically } from "../system/files.ts";

export interface Store {
  /** The connector's directory. */
  directory: string;
  /** Path of an artifact. */
  path(...parts: string[]): string;
  read<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined>;
  write(name: string, content: unknown): Promise<void>;
  readBlueprint(): Promise<Blueprint | undefined>;
  readEvidence(): Promise<Evidence[]>;
  /** The report of the highest round. */
  readReport(): Promise<Report | undefined>;
  /** Appends a line and forces it to the disk. */
  append(name: string, line: unknown): void;
  lines(name: string): Promise<unknown[]>;
}

export const ARTIFACTS = ".syncsmith";

export async function openStore(directory: string): Promise<Store> {
  const root = join(directory, ARTIFACTS);
  try {
    await mkdir(root, { recursive: true });
  } catch (error) {
    throw new UserError(`The workspace cannot be written: ${directory}.`, {
      hint: "Give another one with --workspace DIR.",
      cause: error,
    });
  }
  const path = (...parts: string[]) => join(root, ...parts);
  const read = async <T>(name: string, schema: z.ZodType<T>) => {
    const text = await readText(path(name));
    return text === undefined ? undefined : parse(text, schema, path(name));
  };
  const lines = async (name: string) => {
    const text = (await readText(path(name))) ?? "";
    // A killed process may have left half a last line; what came before it is whole.
    return text.split("\n").flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
  };
  return {
    directory,
    path,
    read,
    lines,
    write: (name, content) => writeAtomically(path(name), `${JSON.stringify(content, null, 2)}\n`),
    readBlueprint: () => read("blueprint.json", blueprintSchema),
    readEvidence: async () => (await lines("evidence.jsonl")).map((line) => evidenceSchema.parse(line)),
    readReport: async () => {
      const rounds = (await readdir(path("reports")).catch(() => []))
        .map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0))
        .filter((round) => round > 0);
      return rounds.length === 0 ? undefined : read(join("reports", `${Math.max(...rounds)}.json`), reportSchema);
    },
    append: (name, line) => {
      mkdirSync(root, { recursive: true });
      const file = openSync(path(name), "a", 0o644);
      try {
        appendFileSync(file, `${JSON.stringify(line)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

function parse<T>(text: string, schema: z.ZodType<T>, path: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError(`The artifact ${path} is damaged or was written by another version.`, {
      hint: "Delete it: the step that writes it then runs again.",
      cause: error,
    });
  }
}
