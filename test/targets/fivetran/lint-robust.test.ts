import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { listFiles } from "../../../src/system/files.ts";
import { ensurePythonEnv, type PythonEnv } from "../../../src/system/python-env.ts";
import { lintFivetran } from "../../../src/targets/fivetran/lint.ts";
import { thorough } from "../../support/thorough.ts";

const GOOD = fileURLToPath(new URL("../../fixtures/lint/good", import.meta.url));

let python: PythonEnv;
let scratch: string;
let count = 0;
beforeAll(async () => {
  python = await ensurePythonEnv();
  scratch = await mkdtemp(join(tmpdir(), "syncsmith-lint-"));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function connector(files: Record<string, string | Uint8Array>): Promise<string> {
  const directory = join(scratch, String(count++));
  await mkdir(directory);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return directory;
}

const lint = async (files: Record<string, string | Uint8Array>) => lintFivetran(await connector(files), python);
const HEAD = `from fivetran_connector_sdk import Connector
from fivetran_connector_sdk import Operations as op


def schema(configuration: dict):
    return [{"table": "orders", "primary_key": ["id"]}]


`;
const WHOLE = `${HEAD}def update(configuration: dict, state: dict):
    op.upsert("orders", {"id": 1})
    op.checkpoint(state)


connector = Connector(update=update, schema=schema)
`;

describe("what is no connector", () => {
  it("an empty directory, and one whose connector is elsewhere", async () => {
    expect(await lint({})).toMatchObject([{ file: "connector.py", line: 0, rule: "SF02", severity: "blocker" }]);
    const misplaced = await lint({ "src/Connector.py": WHOLE });
    expect(misplaced.find((f) => f.rule === "SF02")?.message).toContain("src/Connector.py");
  });

  it("a directory that does not exist is the caller's mistake", async () => {
    await expect(lintFivetran(join(scratch, "absent"), python)).rejects.toThrow(UserError);
  });
});

describe("files that cannot be read as Python", () => {
  it("names the line of a syntax error once", async () => {
    const findings = await lint({ "connector.py": "def update(:\n    pass\n", "configuration.json": "{}" });
    expect(findings).toMatchObject([{ file: "connector.py", line: 1, rule: "SF01", severity: "blocker" }]);
  });

  it("names the line of a byte that is no UTF-8, and accepts other encodings that are declared", async () => {
    const latin = (mark: string) => Buffer.from(`${mark}# caf\xe9\n${WHOLE}`, "latin1");
    const undeclared = await lint({ "connector.py": latin("# one\n"), "configuration.json": "{}" });
    expect(undeclared).toMatchObject([{ line: 2, rule: "SF01", severity: "blocker" }]);
    expect(undeclared[0]?.message).toContain("0xe9");
    expect(await lint({ "connector.py": latin("# coding: latin-1\n"), "configuration.json": "{}" })).toEqual([]);
  });

  it("null bytes and endless nesting", async () => {
    const findings = await lint({
      "connector.py": `${WHOLE}x = "\0"\n`,
      "deep.py": `x = ${"(".repeat(5000)}${")".repeat(5000)}\n`,
      "long.py": `x = ${"1 + ".repeat(20_000)}1\n`,
      "configuration.json": "[".repeat(100_000),
    });
    expect(findings.find((f) => f.file === "connector.py")).toMatchObject({ rule: "SF01", severity: "blocker" });
    expect(findings.filter((f) => f.rule === "SF00")).toEqual([]);
  });

  it("a broken file that nothing imports is a warning; one that is imported blocks", async () => {
    const files = { "broken.py": "def x(:\n", "configuration.json": "{}" };
    expect(await lint({ ...files, "connector.py": WHOLE })).toMatchObject([{ rule: "SF01", severity: "warning" }]);
    const imported = await lint({ ...files, "connector.py": `import broken\n${WHOLE}` });
    expect(imported.find((f) => f.rule === "SF01")).toMatchObject({ file: "broken.py", severity: "blocker" });
  });
});

it("a link that leads outside the directory is not followed", async () => {
  const outside = await connector({ "secret.py": 'API_KEY = "k3yf9s8d7f6g5h4j2a1s"\n' });
  const directory = await connector({ "connector.py": WHOLE, "configuration.json": "{}" });
  await symlink(join(outside, "secret.py"), join(directory, "helper.py"));
  await symlink(outside, join(directory, "package"));
  expect(await lintFivetran(directory, python)).toEqual([]);
});

describe("configuration.json", () => {
  const problems = async (text: string) =>
    (await lint({ "connector.py": WHOLE, "configuration.json": text })).filter((f) => f.rule === "SF47");

  it("broken, not an object, nested, too many keys", async () => {
    expect(await problems('{\n  "a": "<A>",\n}')).toMatchObject([{ line: 3, severity: "blocker" }]);
    expect(await problems('["a"]')).toMatchObject([{ severity: "blocker" }]);
    expect(await problems('{"a": {"b": "<B>"}}')).toMatchObject([{ line: 1, severity: "blocker" }]);
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`key_${i}`, "<X>"]));
    expect((await problems(JSON.stringify(many)))[0]?.message).toContain("101 keys");
  });
});

it("a .gitignore that covers configuration and files is accepted, in the forms people write", async () => {
  for (const lines of ["configuration.json\nfiles/\n", "/configuration.json\n/files\n", "*.json\n**/files\n"]) {
    expect(await lint({ "connector.py": WHOLE, "configuration.json": "{}", ".gitignore": lines })).toEqual([]);
  }
});

it("nothing of the connector is run", async () => {
  const directory = await connector({ "configuration.json": "{}" });
  const witness = join(directory, "witness");
  await writeFile(join(directory, "connector.py"), `open(${JSON.stringify(witness)}, "w").close()\n${WHOLE}`);
  await writeFile(join(directory, "ast.py"), `open(${JSON.stringify(witness)}, "w").close()\n`);
  await lintFivetran(directory, python);
  expect(await listFiles(directory)).not.toContain("witness");
});

it("a connector of 1,000 lines takes less than a second beyond starting up, a file of 1 MB is no obstacle", async () => {
  const tables = Array.from(
    { length: 120 },
    (_, i) => `def read_${i}(state: dict):
    cursor = state.get("table_${i}", "")
    for number in range(10):
        row = {"id": number, "cursor": cursor}
        row["name"] = str(number)
        op.upsert("orders", row)
    state["table_${i}"] = cursor
    op.checkpoint(state)
`,
  );
  const calls = tables.map((_, i) => `    read_${i}(state)`).join("\n");
  const body = `${HEAD}${tables.join("\n\n")}

def update(configuration: dict, state: dict):
${calls}


connector = Connector(update=update, schema=schema)
`;
  const directory = await connector({ "connector.py": body, "configuration.json": "{}" });
  expect(body.split("\n").length).toBeGreaterThan(1000);
  const start = performance.now();
  expect(await lintFivetran(directory, python)).toEqual([]);
  // The target is one second; workers share the machine's cores, so the limit that fails a test is wider.
  expect(performance.now() - start).toBeLessThan(4000);

  const data = `ROWS = [\n${'    {"id": 1, "name": "abcdefghijklmnop"},\n'.repeat(24_000)}]\n`;
  expect(data.length).toBeGreaterThan(1_000_000);
  const big = await lint({ "connector.py": `import data\n${WHOLE}`, "data.py": data, "configuration.json": "{}" });
  expect(big.map((f) => f.rule)).toEqual(["F401"]);
});

it("code with lines missing at random never breaks the linter", async () => {
  const sources: string[] = [];
  for (const path of await listFiles(GOOD)) {
    if (path.endsWith("connector.py")) sources.push(await readFile(join(GOOD, path), "utf8"));
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...sources),
      fc.array(fc.nat({ max: 150 }), { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (source, dropped, blank) => {
        // A line replaced by `pass` at its own depth keeps most of the rest parsing, which reaches deeper than a syntax error.
        const kept = source.split("\n").flatMap((line, index) => {
          if (!dropped.includes(index)) return [line];
          return blank ? [] : [`${/^\s*/.exec(line)?.[0] ?? ""}pass`];
        });
        const findings = await lint({ "connector.py": kept.join("\n"), "configuration.json": "{}" });
        expect(findings.filter((f) => f.rule === "SF00")).toEqual([]);
      },
    ),
    { numRuns: thorough ? 40 : 6 },
  );
});
