import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { quickPython } from "../support/quick-python.ts";
import { runCli, runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

let directory: string;
let workspace: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  workspace = join(directory, "workspace");
});

async function refused(args: string[], environment: Record<string, string> = {}) {
  const inProcess = Object.keys(environment).length === 0;
  // Programs that are called see the process's own environment, so that one of a test's making needs a process.
  const result = inProcess
    ? await runHere(
        args.map((arg) => (/^[a-z]+\.yaml$/.test(arg) ? join(directory, arg) : arg)),
        { workspace },
      )
    : await runCli(args, { workspace, environment, cwd: directory });
  expect(result.code, result.stderr).toBe(2);
  expect(result.stdout).toBe("");
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return result.stderr;
}

/** Nothing that looks like a connector: the log of a refused run may stay, files of one may not. */
async function nothingWritten() {
  const names = await readdir(workspace, { recursive: true }).catch(() => []);
  expect(names.filter((name) => /\.(py|md)$|blueprint\.json$|configuration\.json$/.test(name))).toEqual([]);
}

const rest = "name: Bad\nsource:\n  kind: rest\n";

describe("bad input", () => {
  it.each([
    ["a spec that is missing", undefined, "There is no spec", "init"],
    ["a spec that is no YAML", "name: [a\n b: {", "not YAML", "indentation"],
    ["an unknown key", `${rest}tabels: [a]\n`, "unknown key tabels", "tables"],
    ["a wrong kind", "name: Bad\nsource:\n  kind: soap\n", "source.kind", "rest"],
    ["a literal secret", `${rest}  auth: { kind: bearer, token: s3cret-token-value }\n`, "plain text", "env:"],
    ["neither a description nor tables", `${rest}  base_url: https://a.example\n`, "neither", "OpenAPI"],
    [
      "a target that does not exist",
      `${rest}  docs: [x.yaml]\ntarget: airbyte\n`,
      "target",
      "fivetran, lakeflow, both",
    ],
    ["a name without a letter", 'name: "!!!"\nsource:\n  kind: rest\n  docs: [x.yaml]\n', "no letter", "latin"],
    ["a description that is not there", `${rest}  docs: [missing.yaml]\n`, "missing.yaml", ""],
    [
      "a description that cannot be reached",
      `${rest}  docs: ["http://127.0.0.1:9/openapi.json"]\n`,
      "127.0.0.1:9",
      "network",
    ],
  ])(verifies("spec.errors", "%s"), async (_, text, message, hint) => {
    const spec = join(directory, "spec.yaml");
    if (text !== undefined) await writeFile(spec, text);
    const said = await refused(["build", spec]);
    expect(said).toContain(message);
    expect(said).toContain(hint);
    expect(said).not.toContain("s3cret-token-value");
    await nothingWritten();
  });

  it.each([
    ["malformed", "openapi: 3.0.0\npaths: [a\n", "description.yaml"],
    ["not a description", "hello: world\n", "description.yaml"],
    [
      "without a single list endpoint",
      "openapi: 3.0.0\ninfo: {title: X, version: '1'}\nservers: [{url: https://a.example}]\npaths:\n  /x/{id}:\n    get:\n      responses:\n        '200': {description: ok}\n",
      "list",
    ],
  ])(verifies("spec.errors", "a description that is %s"), async (_, text, message) => {
    await writeFile(join(directory, "description.yaml"), text);
    await writeFile(join(directory, "spec.yaml"), `${rest}  docs: [description.yaml]\n`);
    expect(await refused(["build", "spec.yaml"])).toContain(message);
    await nothingWritten();
  });

  it("a model that is wanted, and no key for it", async () => {
    await writeFile(join(directory, "prose.md"), "# The API\n\nIt has orders.\n");
    await writeFile(join(directory, "spec.yaml"), `${rest}  base_url: https://a.example\n  docs: [prose.md]\n`);
    const said = await refused(["build", "spec.yaml", "--model", "some-model"]);
    expect(said).toContain("ANTHROPIC_API_KEY");
    expect(said).toContain("--model none");
    await nothingWritten();
    expect(await refused(["build", "spec.yaml"])).toContain("ANTHROPIC_API_KEY");
  });

  it("an amount that is none", async () => {
    expect(await refused(["build", "x.yaml", "--max-usd", "much"])).toContain("--max-usd much");
  });

  it("a command and a connector that do not exist", async () => {
    expect(await refused(["biuld", "x"])).toContain("build");
    expect(await refused(["test", "nothing"])).toContain("no connector nothing");
  });

  it("no Python, or one that is too old", async () => {
    await writeFile(join(directory, "d.yaml"), minimalDescription);
    await writeFile(join(directory, "spec.yaml"), `${rest}  docs: [d.yaml]\n`);
    const old = join(directory, "python-old");
    await writeFile(old, "#!/bin/sh\nprintf '/usr/bin/python3\\n3.8\\n'\n");
    await chmod(old, 0o755);
    expect(await refused(["--python", join(directory, "no-python"), "build", "spec.yaml"])).toContain("was not found");
    expect(await refused(["--python", old, "build", "spec.yaml"])).toContain("3.8");
  });

  it("an environment that cannot be installed", async () => {
    await writeFile(join(directory, "d.yaml"), minimalDescription);
    await writeFile(join(directory, "spec.yaml"), `${rest}  docs: [d.yaml]\n`);
    const empty = join(directory, "wheels");
    await mkdir(empty);
    const offline = { PIP_NO_INDEX: "1", PIP_FIND_LINKS: empty };
    const own = ["--python", await quickPython(directory), "--cache", join(directory, "cache")];
    const said = await refused([...own, "build", "spec.yaml"], offline);
    expect(said).toContain("could not be installed: ERROR: ");
    expect(said).toContain("==");
    expect(said).toContain("Offline");
  });

  it("a workspace that cannot be written", async () => {
    await writeFile(join(directory, "d.yaml"), minimalDescription);
    await writeFile(join(directory, "spec.yaml"), `${rest}  docs: [d.yaml]\n`);
    await writeFile(workspace, "a file stands in the way");
    expect(await refused(["build", "spec.yaml"])).toContain("cannot be written");
  });
});

const minimalDescription = `
openapi: 3.0.0
info: { title: X, version: "1" }
servers: [{ url: https://a.example }]
paths:
  /things:
    get:
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: { type: array, items: { type: object, properties: { id: { type: integer } } } }
`;
