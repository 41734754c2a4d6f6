/** The contract tests that connectors ship with: green on the connector, red on what goes wrong in connectors. */
import { beforeEach, describe, expect, test } from "vitest";
import { type Blueprint, blueprintOf } from "../../src/artifacts/blueprint.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { makeContract } from "../../src/proof/contract/contract.ts";
import { hashCode } from "../../src/proof/prove.ts";
import { ensurePythonEnv } from "../../src/system/python-env.ts";
import { whyNoServer } from "../support/database-servers.ts";
import { kindBlueprint } from "../support/kind-blueprints.ts";
import { thorough } from "../support/thorough.ts";
import { verifies } from "../support/verifies.ts";
import { BLUEPRINTS, type Defect, put, runSuite, type Shipped, ship } from "./shipped.ts";

const IN = "tests.contract.test_contract.ContractTest.";
const FIRST = `${IN}test_the_first_sync_brings_every_row`;
const FAULTS = `${IN}test_faults_that_pass_lose_no_row`;
const NEXT = `${IN}test_the_next_sync_brings_what_changed_and_little_else`;
const INTERRUPTED = `${IN}test_after_an_interruption_the_next_sync_goes_on`;
const DOWN = `${IN}test_a_source_that_stays_down_is_a_failure`;

const CHECKPOINT_FIRST: Defect = {
  file: "sync.py",
  from: `        rows += write_page(table, page)
        # Only now: what is saved covers rows that have to be written before.
        state[table.name] = saved
        op.checkpoint(state)
`,
  to: `        state[table.name] = saved
        op.checkpoint(state)
        rows += write_page(table, page)
`,
};

const GIVEN_UP: Defect = {
  file: "database.py",
  from: "                if begun or attempt == MAX_ATTEMPTS:\n                    raise",
  to: "                if begun or attempt == MAX_ATTEMPTS:\n                    return",
};

const files = (from: string, to: string): Defect => ({ file: "files.py", from, to });
const reading = (from: string, to: string): Defect => ({ file: "reading.py", from, to });

/** One connector per kind of source, targets by turns; the test that has to see the defect. */
const CASES: readonly {
  kind: keyof typeof BLUEPRINTS;
  target: "fivetran" | "lakeflow";
  defects: readonly { what: string; seen: string; says?: RegExp; defect: Defect }[];
}[] = [
  {
    kind: "rest",
    target: "fivetran",
    defects: [
      { what: "checkpoint before rows", seen: INTERRUPTED, defect: CHECKPOINT_FIRST },
      {
        what: "a request that was not recorded, with the nearest",
        seen: FIRST,
        says: /GET \/\S*per_page=11\S* is not in the recording; the nearest is GET \/\S*per_page=10/,
        defect: reading('"per_page": "10"', '"per_page": "11"'),
      },
      {
        what: "a swallowed 500",
        seen: DOWN,
        defect: {
          file: "api.py",
          from: '        raise ApiError(f"{name}: {problem}, also',
          to: '        return {"data": []}\n        raise ApiError(f"{name}: {problem}, also',
        },
      },
    ],
  },
  {
    kind: "graphql",
    target: "lakeflow",
    defects: [
      { what: "pages after the first lost", seen: FIRST, defect: reading('if not page["hasNextPage"]:', "if page:") },
      { what: "> for >=", seen: NEXT, defect: reading("updated_at:>='{value}'", "updated_at:>'{value}'") },
    ],
  },
  {
    kind: "sqlite",
    target: "fivetran",
    defects: [
      { what: "checkpoint before rows", seen: INTERRUPTED, defect: CHECKPOINT_FIRST },
      { what: "> for >=", seen: NEXT, defect: reading('"updated_at" >= ?', '"updated_at" > ?') },
      { what: "everything read again", seen: NEXT, defect: reading("    if not saved:", "    if True:") },
    ],
  },
  {
    kind: "postgresql",
    target: "fivetran",
    defects: [
      {
        what: "> for >=",
        seen: NEXT,
        says: /"at" > %s \S.* is not in the recording; the nearest is SELECT .*"at" >= %s/,
        defect: reading('"at" >= %s', '"at" > %s'),
      },
      {
        what: "times in whatever zone the user has",
        seen: FIRST,
        says: /is asked before SELECT set_config\(%s, %s, false\) with \('timezone', 'UTC'\)/,
        defect: { file: "database.py", from: '    "timezone": "UTC",\n', to: "" },
      },
      { what: "a connection that breaks for good taken for the end of the rows", seen: DOWN, defect: GIVEN_UP },
    ],
  },
  {
    kind: "mysql",
    target: "lakeflow",
    defects: [
      {
        what: "> for >=",
        seen: NEXT,
        says: /the nearest is SELECT .*`updated_at` >= CAST/,
        defect: reading("`updated_at` >= CAST", "`updated_at` > CAST"),
      },
      {
        what: "no snapshot",
        seen: FIRST,
        says: /is asked before START TRANSACTION WITH CONSISTENT SNAPSHOT/,
        defect: {
          file: "database.py",
          from: '            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")\n',
          to: "",
        },
      },
      { what: "a connection that breaks for good taken for the end of the rows", seen: DOWN, defect: GIVEN_UP },
    ],
  },
  {
    kind: "local",
    target: "lakeflow",
    defects: [
      { what: "the last file lost", seen: FIRST, defect: reading("for file in pending:", "for file in pending[:-1]:") },
      {
        what: "changed files not read",
        seen: NEXT,
        defect: reading("read.get(file.name) != file.version", "file.name not in read"),
      },
    ],
  },
  {
    kind: "http",
    target: "fivetran",
    defects: [
      { what: "the last link lost", seen: FIRST, defect: files("return list(names)", "return list(names)[:-1]") },
      {
        what: "rows that are gone from a file kept",
        seen: NEXT,
        defect: { file: "sync.py", from: "        apply_deletes(client, state, table)\n", to: "" },
      },
      {
        what: "a server that stays down is taken for an empty page",
        seen: DOWN,
        defect: files(
          'raise FileError(f"{name}: {problem}, also',
          'return ""\n        raise FileError(f"{name}: {problem}, also',
        ),
      },
    ],
  },
  {
    kind: "s3",
    target: "lakeflow",
    defects: [
      {
        what: "later pages of the listing lost",
        seen: FIRST,
        defect: files("for page in pages:", "for page in list(pages)[:1]:"),
      },
      {
        what: "a name that was not recorded, with the nearest",
        seen: FIRST,
        says: /GET \S*orders_\S+\.csv\.part is not in the recording; the nearest is GET \S*orders_\S+\.csv\n/,
        defect: files("Key=self._prefix + name)", 'Key=self._prefix + name + ".part")'),
      },
    ],
  },
  {
    kind: "sftp",
    target: "fivetran",
    defects: [
      {
        what: "a file that was cut short taken for whole",
        seen: FAULTS,
        defect: files("if before.st_size not in (None, target.tell()):", "if False:"),
      },
    ],
  },
];

const noMysql = await whyNoServer("mysql");
/** All of them take most of a minute of computing. One for each way in which a source is kept always runs; MariaDB starts sooner than the embedded PostgreSQL. */
const ALWAYS: readonly string[] = ["rest", noMysql === undefined ? "mysql" : "postgresql", "s3", "sftp"];
const chosen = CASES.filter(({ kind }) => thorough || ALWAYS.includes(kind));

describe.each(chosen)(verifies("contract.shipped", "$kind, $target"), ({ kind, target, defects }) => {
  let shipped: Shipped;
  beforeEach(({ skip }) => skip(kind === "mysql" && noMysql !== undefined, noMysql));

  test("all tests that ship are green without network, environment or this program", { timeout: 120_000 }, async () => {
    shipped = await ship(await BLUEPRINTS[kind](), target);
    const { green, output } = await runSuite(shipped);
    expect(output).toMatch(/\nOK\n?$/);
    expect(green).toBe(true);
    expect(Number(/Ran (\d+) tests/.exec(output)?.[1])).toBeGreaterThan(10);
  });

  test.each(defects)("red on $what", { timeout: 60_000 }, async ({ seen, says, defect }) => {
    const { green, output } = await runSuite(shipped, { tests: [seen], defect });
    expect(output).toContain("Ran 1 test");
    expect(green).toBe(false);
    if (says) expect(output).toMatch(says);
  });

  test("the suite is no code that a report is about, and has no finding of lint", async () => {
    const { directory, suite } = shipped;
    const before = await hashCode(directory);
    await put(directory, [{ path: "tests/contract/expected.json", content: "{}" }]);
    expect(await hashCode(directory)).toBe(before);
    await put(directory, [{ path: "tests/contract/expected.json", content: suite.get("expected.json") ?? "" }]);
    const findings = await shipped.target.lint(directory);
    expect(findings.filter(({ file, severity }) => severity === "blocker" || file.includes("contract"))).toEqual([]);
  });
});

test(
  verifies("contract.shipped", "a source that nothing can stand in for has no suite, and the reason is said"),
  async () => {
    const postgresql = blueprintOf(kindBlueprint("database"), "database");
    const blueprint: Blueprint = { ...postgresql, source: { ...postgresql.source, engine: "sqlserver" } };
    const python = await ensurePythonEnv();
    const made = await makeContract({
      blueprint,
      directory: "/nowhere",
      target: await targetOfName("fivetran", python),
      kind: await sourceOfKind("database"),
      now: new Date(),
      signal: new AbortController().signal,
    });
    expect(made).toEqual({ missing: "nothing here can stand in for SQL Server, whose answers would be kept" });
  },
);
