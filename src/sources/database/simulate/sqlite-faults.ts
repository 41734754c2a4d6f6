/** What can go wrong between a connector and a file of SQLite. Nobody sees how it is read: each strikes whoever comes next. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Fault } from "../../simulator.ts";
import { canSeeWhoOpens, lockFault } from "./sqlite-lock.ts";

/** Where SQLite's header says how large a page is. */
const PAGE_SIZE_AT = 16;

const FAULTS: readonly { id: string; says: string; spoil: (whole: Buffer) => Buffer }[] = [
  {
    id: "copied-in-part",
    says: "the file is being copied to its place, and only the first half of it is there",
    spoil: (whole) => whole.subarray(0, half(whole)),
  },
  {
    id: "no-database",
    says: "another file is in its place",
    spoil: () => Buffer.from("<html>Under maintenance</html>\n"),
  },
];

/** `path`: of the file. */
export function sqliteFaults(path: string): Fault[] {
  const spoiling = FAULTS.map(
    ({ id, says, spoil }): Fault => ({
      id,
      says,
      owes: "rows-or-failure",
      extra: 0,
      arm: (requests) => {
        if (requests.length === 0) return { struck: () => 0, disarm: () => {} };
        const whole = readFileSync(path);
        let spoilt = true;
        writeFileSync(path, spoil(whole));
        return {
          // A whole sync is the one thing that can be struck.
          struck: () => 1,
          disarm: () => {
            if (spoilt) writeFileSync(path, whole);
            spoilt = false;
          },
        };
      },
    }),
  );
  return canSeeWhoOpens() ? [...spoiling, lockFault(path)] : spoiling;
}

/** In whole pages. */
function half(whole: Buffer): number {
  const size = whole.readUInt16BE(PAGE_SIZE_AT);
  // One stands for what two bytes cannot hold.
  const page = size === 1 ? 65_536 : size;
  return Math.max(1, Math.floor(whole.length / page / 2)) * page;
}
