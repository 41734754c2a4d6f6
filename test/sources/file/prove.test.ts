/** Connectors of files, generated and judged from outside: every store, every format. */
import { expect, test } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import type { Report } from "../../../src/artifacts/report.ts";
import { CSV, column, fileBlueprint, OWN_COLUMNS } from "../../support/file-blueprint.ts";
import { proveGenerated } from "../../support/prove-generated.ts";
import { thorough } from "../../support/thorough.ts";

const NESTED = [...OWN_COLUMNS, column("nested", "json"), column("blob", "binary")];

function wrong({ checks }: Report): string[] {
  return checks
    .filter(({ verdict, severity }) => verdict === "fail" && severity !== "warning")
    .map(
      ({ check, table, summary, details }) => `${check} ${table ?? ""}: ${summary} ${details.slice(0, 3).join(" | ")}`,
    );
}

/** Green, and every table's rows were compared after the first sync, the second, and changes. */
async function proven(blueprint: Blueprint): Promise<void> {
  const report = await proveGenerated({ blueprint });
  expect(wrong(report)).toEqual([]);
  expect(report.blockers).toEqual([]);
  expect(report.green).toBe(true);
  for (const { name } of blueprint.tables)
    for (const check of ["initial-sync", "second-sync", "changes"])
      expect(report.checks.some((one) => one.check === check && one.table === name && one.verdict === "pass")).toBe(
        true,
      );
}

test("CSV in a folder: by file and line with shorter and gone files, by a key with late files, other dialects", async () => {
  await proven(
    fileBlueprint({}, [
      { deletes: { kind: "files" } },
      {
        name: "customers",
        pattern: "customers/*.csv",
        key: ["id"],
        content: { ...CSV, delimiter: ";", nulls: ["NULL"], encoding: "utf-16" } as typeof CSV,
      },
    ]),
  );
}, 120_000);

test.runIf(thorough)(
  "NDJSON in a bucket: compressed and read on, and whole across folders",
  async () => {
    await proven(
      fileBlueprint({ store: "s3", credentials: "access_key" }, [
        {
          name: "events",
          pattern: "events/{date:digits}.ndjson.gz",
          content: { format: "ndjson" },
          compression: "gzip",
          columns: NESTED,
          key: ["id"],
        },
        {
          name: "more",
          pattern: "more/**/x_{n}.ndjson",
          content: { format: "ndjson" },
          advance: { kind: "full" },
          deletes: { kind: "absence" },
        },
      ]),
    );
  },
  120_000,
);

const READER = 'csv.reader(text, delimiter=",", quotechar=\'"\', strict=True)';

test.each([
  {
    defect: "skips a file with a time that another has",
    from: "if read.get(file.name) != file.version]",
    to: 'if read.get(file.name) != file.version and file.version.split("-")[0] not in {one.split("-")[0] for one in read.values()}]',
    caught: "changes",
  },
  {
    defect: "drops a last line that does not end",
    from: READER,
    to: `csv.reader((line for line in text if line.endswith("\\n")), strict=True)`,
    caught: "initial-sync",
  },
  {
    defect: "splits quoted line breaks",
    from: READER,
    to: "csv.reader(text.read().splitlines(), strict=True)",
    caught: "initial-sync",
  },
])(
  "a connector that $defect is not green",
  async ({ from, to, caught }) => {
    const report = await proveGenerated({
      blueprint: fileBlueprint({}, [{}]),
      defect: { file: "reading.py", from, to },
    });
    expect(report.green).toBe(false);
    expect(report.checks.filter(({ verdict, check }) => verdict === "fail" && check === caught)).not.toEqual([]);
  },
  120_000,
);
