/** A folder of this machine. Nothing sees who reads it, so that its list of requests stays empty. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Shelf } from "../shelf.ts";

export interface Folder extends Shelf {
  /** Puts something that cannot be read, by nobody, in the place of a file; or the file back. */
  block(name: string, blocked: boolean): void;
}

export function openFolder(): Folder {
  const root = mkdtempSync(join(tmpdir(), "syncsmith-files-"));
  const place = join(root, "data");
  mkdirSync(place);
  const aside = (name: string) => join(root, `aside-${Buffer.from(name).toString("hex")}`);
  return {
    put: (name, { body, micros }) => {
      const path = join(place, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, body);
      const seconds = Number(micros) / 1e6;
      utimesSync(path, seconds, seconds);
    },
    remove: (name) => rmSync(join(place, name)),
    block: (name, blocked) => {
      const path = join(place, name);
      if (blocked) {
        renameSync(path, aside(name));
        // A mode would not do: root may read everything. A link to itself nobody can follow.
        symlinkSync(path, path);
      } else if (existsSync(aside(name)) && lstatSync(path).isSymbolicLink()) {
        rmSync(path);
        renameSync(aside(name), path);
      }
    },
    configuration: { path: place },
    baseUrl: place,
    requests: [],
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
}
