/** What `fivetran deploy` printed, in our terms. Only stable cores are matched, in any case: its layout changes with versions. */
import type { SetupTest } from "../api/shapes.ts";

export interface Printed {
  connection?: string;
  /** Of the code that was uploaded. */
  packageId?: string;
  /** The command failed, and took the code away again. */
  cleanedUp: boolean;
  /** The connection is there, and Fivetran could not run it. */
  testsFailed: boolean;
  failedTests: SetupTest[];
  /** What went wrong, in the command's words; empty when it names nothing. */
  complaint: string;
}

export function readPrinted(lines: readonly string[]): Printed {
  const connection = lastOf(lines, "connection id");
  const packageId = lastOf(lines, "package id");
  return {
    ...(connection === undefined ? {} : { connection }),
    ...(packageId === undefined ? {} : { packageId }),
    cleanedUp: lines.some((line) => /cleaned up orphaned package/i.test(line)),
    testsFailed: lines.some((line) => /connection (created|updated) but setup tests failed/i.test(line)),
    failedTests: testsIn(lines),
    complaint: complaintIn(lines),
  };
}

function lastOf(lines: readonly string[], name: string): string | undefined {
  const found = lines.map((line) => new RegExp(`^\\s*${name}: *([\\w-]+)\\s*$`, "i").exec(line)?.[1]);
  return found.findLast((value) => value !== undefined && value !== "None");
}

/** `test:`, `status:` and `message:`, a line each. */
function testsIn(lines: readonly string[]): SetupTest[] {
  const tests: { title: string; status: string; message?: string }[] = [];
  for (const line of lines) {
    const [, name = "", value = ""] = /^\s*(test|status|message): ?(.*)$/i.exec(line) ?? [];
    const last = tests.at(-1);
    if (name.toLowerCase() === "test") tests.push({ title: value, status: "FAILED" });
    else if (last !== undefined && name.toLowerCase() === "status") last.status = value;
    else if (last !== undefined && name.toLowerCase() === "message") last.message = value;
  }
  return tests;
}

const COMPLAINTS = 3;

function complaintIn(lines: readonly string[]): string {
  const plain = lines.map((line) => line.replace(/^[^\p{L}\p{N}'"`]+/u, "").trim());
  const marked = plain.filter(
    (text, index) => /✗/.test(lines[index] ?? "") || /\b(error|failed|invalid)\b/i.test(text),
  );
  const told = marked.length > 0 ? marked : plain.filter((text) => text !== "").slice(-1);
  return [...new Set(told)].slice(-COMPLAINTS).join("; ").slice(0, 600);
}
