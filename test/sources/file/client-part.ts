/** The client part in a real Python process, driven as a target's shell would drive it. */
import { execa } from "execa";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { parseExactly } from "../../../src/sources/answers/exact.ts";
import type { Json, Record_ } from "../../../src/sources/record.ts";
import { canonicalJson } from "../../../src/warehouse/canonical.ts";
import { type Change, PLAIN, writeClientPart } from "../../support/client-session.ts";

const DRIVER = `
import json, logging, sys

logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
import files, reading
order = json.loads(sys.stdin.read())
table = next(table for table in reading.TABLES if table.name == order["table"])
${PLAIN}

try:
    files.validate_configuration(order["configuration"])
    with files.Client(order["configuration"]) as client:
        result = {}
        for step in order["steps"]:
            if step == "read_whole":
                result[step] = {"records": [record for page in reading.read_whole(client, table) for record in plain(page)]}
                continue
            saved, records, deleted, pages = order["saved"], [], [], 0
            is_deleted = getattr(reading, "is_deleted", lambda table, record: False)
            for page, saved in reading.read_changes(client, table, saved):
                for record in plain(page):
                    (deleted if is_deleted(table, record) else records).append(record)
                pages += 1
            result[step] = {"records": records, "deleted": deleted, "saved": saved, "pages": pages}
    print(json.dumps(result))
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
`;

export interface Answer {
  records: Record_[];
  /** Keys; of `read_changes`. */
  deleted?: Record_[];
  saved: Json;
  pages: number;
}
export type Step = "read_whole" | "read_changes";

export interface ClientProcess {
  directory: string;
  run(order: {
    table: string;
    configuration: Record<string, string>;
    steps: Step[];
    /** What `read_changes` goes on from. */
    saved?: Json;
  }): Promise<{ answers: { [S in Step]?: Answer }; error?: string; log: string }>;
}

/** `defect`: one place in the generated code that is changed before. */
export async function clientProcess(blueprint: Blueprint, defect?: Change): Promise<ClientProcess> {
  const { directory, python } = await writeClientPart(blueprint, { "drive.py": DRIVER }, defect);
  return {
    directory,
    run: async (order) => {
      const input = JSON.stringify({ saved: {}, ...order });
      const done = await execa(python.python, ["drive.py"], { cwd: directory, input, reject: false, maxBuffer: 1e9 });
      const answer = parseExactly(done.stdout) as { error?: string; message?: string } | undefined;
      if (answer === undefined) throw new Error(done.stderr);
      if (answer.error !== undefined)
        return { answers: {}, error: `${answer.error}: ${answer.message}`, log: done.stderr };
      return { answers: answer as { [S in Step]?: Answer }, log: done.stderr };
    },
  };
}

/** Rows as text that is equal for equal rows, whatever wrote them; sorted. */
export function canonicalRows({ tables }: Blueprint, name: string, rows: readonly Record_[]): string[] {
  const table = tables.find((one) => one.name === name);
  return rows
    .map((row) => {
      const cells = Object.entries(row)
        .filter(([, value]) => value !== null)
        .map(([column, value]) => {
          const declared = table?.columns.find((one) => one.name === column);
          return [column, canonicalJson(value, declared?.type ?? "string", declared)];
        })
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
      return JSON.stringify(cells);
    })
    .sort();
}
