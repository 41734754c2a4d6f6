/** Files in a folder of this machine. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../../errors.ts";
import { isDirectory } from "../../../system/files.ts";
import { isoOf, type Store, type StoredFile, type StoreOptions } from "./store.ts";

export async function openLocal({ values }: StoreOptions): Promise<Store> {
  const root = values.path ?? "";
  if (!(await isDirectory(root)))
    throw new UserError(`${root || "(no path)"} is not a folder.`, { hint: "Check the source's path." });
  const look = async (name: string): Promise<StoredFile> => {
    const found = await stat(join(root, name), { bigint: true });
    const size = Number(found.size);
    return { name, size, modified: isoOf(found.mtimeNs / 1000n), version: `${found.mtimeNs}-${size}` };
  };
  const walk = async (folder: string, levels: number | undefined): Promise<string[]> => {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    const found = await Promise.all(
      entries.map(async (entry) => {
        const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (!entry.isDirectory()) return [name];
        if (levels === undefined) return walk(name, undefined);
        return levels > 0 ? walk(name, levels - 1) : [];
      }),
    );
    return found.flat();
  };
  return {
    list: async (prefix, levels) => {
      const folder = prefix.slice(0, Math.max(0, prefix.lastIndexOf("/")));
      if (!(await isDirectory(join(root, folder)))) return [];
      const names = await walk(folder, levels);
      return Promise.all(names.filter((name) => name.startsWith(prefix)).map(look));
    },
    look,
    read: async (name, range) => createReadStream(join(root, name), range),
    close: async () => {},
  };
}
