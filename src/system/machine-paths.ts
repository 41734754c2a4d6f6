/** Paths of this machine in texts that leave it. */
import { existsSync } from "node:fs";
import { basename, win32 } from "node:path";

const PATH = /(?<![\w:/.~-])(?:[A-Za-z]:\\|\/)[^\s"'`,;:()<>]+/g;

/** Of an absolute path only its last part stays. A path of an API is none: no folder of its first part's name is here. */
export function withoutMachinePaths(text: string): string {
  return text.replace(PATH, (path) => {
    if (!path.startsWith("/")) return win32.basename(path);
    return existsSync(`/${path.split("/")[1]}`) ? basename(path) : path;
  });
}
