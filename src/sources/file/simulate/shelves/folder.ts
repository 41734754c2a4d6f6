/** A folder of this machine. Nothing sees who reads it, so that its list of requests stays empty. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { folderFaults } from "../folder-faults.ts";
import { keepFiles, type Shelf } from "../shelf.ts";

export interface Folder extends Shelf {
  /** Puts something that cannot be read, by nobody, in the place of a file; or the file back. */
  block(name: string, blocked: boolean): void;
}

export function openFolder(): Folder {
  const root = mkdtempSync(join(tmpdir(), "syncsmith-files-"));
  const place = join(root, "data");
  mkdirSync(place);
  const unkept = new Set<string>();
  const names = new Set<string>();
  const aside = (name: string) => join(root, `aside-${Buffer.from(name).toString("hex")}`);
  const block = (name: string, blocked: boolean) => {
    const path = join(place, name);
    if (blocked) {
      renameSync(path, aside(name));
      // A mode would not do: root may read everything. A link to itself nobody can follow.
      symlinkSync(path, path);
    } else if (existsSync(aside(name)) && lstatSync(path).isSymbolicLink()) {
      rmSync(path);
      renameSync(aside(name), path);
    }
  };
  const faults = folderFaults({
    place,
    beside: (name) => join(root, name),
    names: () => [...names].sort(),
    block,
  });
  return {
    put: (name, { body, micros }) => {
      const path = join(place, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
      const seconds = Number(micros) / 1e6;
      utimesSync(path, seconds, seconds);
      unkept.add(name);
      names.add(name);
    },
    remove: (name) => {
      rmSync(join(place, name));
      unkept.add(name);
      names.delete(name);
    },
    keep: (part) => {
      const names = [...unkept].sort();
      unkept.clear();
      return keepFiles(
        part,
        names.map((name) => [name, found(join(place, name))]),
      );
    },
    block,
    configuration: { path: place },
    baseUrl: place,
    requests: [],
    faults,
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
}

function found(path: string): { body: Buffer; nanoseconds: bigint } | undefined {
  if (!existsSync(path)) return undefined;
  return { body: readFileSync(path), nanoseconds: statSync(path, { bigint: true }).mtimeNs };
}
