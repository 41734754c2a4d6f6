/** Connectors whose tables are read in several ways at once: what each way needs must not be in another's way. */
import { execa } from "execa";
import { expect, test } from "vitest";
import { ensurePythonEnv, pythonParts } from "../../../src/system/python-env.ts";
import { type FileTableShape, fileBlueprint } from "../../support/file-blueprint.ts";
import { writeGenerated } from "../../support/prove-generated.ts";
import { verifies } from "../../support/verifies.ts";

const FOLLOWED: FileTableShape = { deletes: { kind: "files" } };
const ADDED: FileTableShape = { name: "customers", pattern: "customers/{n}.csv", key: ["id"] };
const WHOLE: FileTableShape = {
  name: "prices",
  pattern: "prices/{n}.csv",
  advance: { kind: "full" },
  deletes: { kind: "absence" },
};
const BY_NAME: FileTableShape = { name: "events", pattern: "events/{n}.csv", advance: { kind: "files", by: "name" } };

test.each([
  { what: "followed", tables: [FOLLOWED], layout: "single" },
  { what: "followed and added", tables: [FOLLOWED, ADDED], layout: "modular" },
  { what: "followed and whole", tables: [FOLLOWED, WHOLE], layout: "single" },
  { what: "followed, added, whole and by name", tables: [FOLLOWED, ADDED, WHOLE, BY_NAME], layout: "modular" },
] as const)(
  verifies("fivetran.generated", "files that are $what, $layout: it passes its own tests, and nothing is left over"),
  async ({ tables, layout }) => {
    const { directory } = await writeGenerated({ blueprint: fileBlueprint({}, [...tables]), layout });
    const { python, ruff } = await ensurePythonEnv({ parts: pythonParts("file") });
    const inside = { cwd: directory, reject: false, all: true } as const;
    const { all } = await execa(python, ["-B", "-m", "unittest", "discover", "tests"], inside);
    expect(all).toMatch(/\nOK( \(skipped=\d+\))?\n?$/);
    const rules = ["check", "--isolated", "--no-cache", "--select", "F,E9,I", "--line-length", "99", "."];
    expect((await execa(ruff, rules, inside)).exitCode).toBe(0);
  },
  60_000,
);
