import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Tool } from "../../src/agent/tool.ts";
import { ToolError } from "../../src/errors.ts";
import { isPrivate } from "../../src/tools/connector-file.ts";
import type { ConnectorDesk } from "../../src/tools/desk.ts";
import { editFile } from "../../src/tools/edit-file.ts";
import { lintConnector } from "../../src/tools/lint-connector.ts";
import { listFilesTool } from "../../src/tools/list-files.ts";
import { queryWarehouse } from "../../src/tools/query-warehouse.ts";
import { readFileTool } from "../../src/tools/read-file.ts";
import { writeFileTool } from "../../src/tools/write-file.ts";
import { verifies } from "../support/verifies.ts";

const signal = new AbortController().signal;
const call = (tool: Tool, input: unknown) => tool.run(tool.input.parse(input), { signal });

let directory: string;
let desk: ConnectorDesk;
let written: string[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "syncsmith-files-"));
  await mkdir(join(directory, ".syncsmith", "reports"), { recursive: true });
  await mkdir(join(directory, "files"));
  await writeFile(join(directory, ".syncsmith", "reports", "1.json"), "{}");
  await writeFile(join(directory, "files", "state.json"), "{}");
  await writeFile(join(directory, "api.py"), "import requests\n\nTIMEOUT = 30\nKEY = 'hidden-value'\n");
  await writeFile(join(directory, "configuration.json"), "{}\n");
  written = [];
  desk = {
    directory,
    locked: (path) => (path.endsWith(".py") ? undefined : `${path} is not written in this step.`),
    wrote: async (path) => void written.push(path),
    lint: async () => [
      { file: "api.py", line: 3, rule: "SF01", severity: "blocker", message: "no.", why: "", mend: "Do this." },
      { file: "api.py", line: 1, rule: "SF99", severity: "warning", message: "hm.", why: "", mend: "" },
    ],
    test: async () => {
      throw new Error("not used here");
    },
    query: async () => ({
      columns: ["id", "note"],
      rows: [
        ["1", "a|b\nc"],
        ["2", null],
      ],
      truncated: true,
    }),
    redact: (text) => text.replaceAll("hidden-value", "****"),
  };
});

describe(verifies("tools.files", "the connector's files as a model sees them"), () => {
  it.each([
    ...[
      "configuration.json",
      "Configuration.json",
      "configuration.prod.json",
      "dev_config.json",
      "configs/config.json",
    ],
    ...["service_account.json", "gcp-service-account.json", "token.json", "google_token.json", "prod.config.yaml"],
    ...[
      "secrets/prod.json",
      "conf/Credentials/a.txt",
      "secrets.py",
      "id_rsa",
      "keys/id_ed25519",
      "key.ppk",
      "k.P8",
      "prod.env",
    ],
  ])("does not open what holds somebody's values: %s", async (path) => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), "for nobody");
    await expect(call(readFileTool(desk), { path })).rejects.toThrow(`${path} is the person's`);
  });

  it.each([
    ...["connector.py", "config.py", "token.py", "auth.py", "secret_rotation.py", "id_rsa.pub", "table_config.json"],
    ...["requirements.txt", "NOTES.md", "tokens_table.sql", "tests/test_auth.py", "keys/README.md"],
  ])("opens what is code, or about it: %s", (path) => {
    expect(isPrivate(path)).toBe(false);
  });

  it("lists its own files, with what may be written", async () => {
    const { text } = await call(listFilesTool(desk), {});
    expect(text).toContain("api.py (");
    expect(text).toContain("configuration.json (3 bytes) read only");
    expect(text).not.toContain("state.json");
    expect(text).not.toContain(".syncsmith");
  });

  it("reads with line numbers, in parts, and without secrets", async () => {
    const whole = await call(readFileTool(desk), { path: "api.py" });
    expect(whole.text.split("\n")[2]).toBe("   3 TIMEOUT = 30");
    expect(whole.text).toContain("****");
    expect(whole.text).not.toContain("hidden-value");
    const part = await call(readFileTool(desk), { path: "api.py", from: 3, to: 3 });
    expect(part.text).toBe("   3 TIMEOUT = 30");
  });

  it("changes one passage, and refuses one that is not there or there twice", async () => {
    await call(editFile(desk), { path: "api.py", old: "TIMEOUT = 30", new: "TIMEOUT = 60" });
    expect(await readFile(join(directory, "api.py"), "utf8")).toContain("TIMEOUT = 60\n");
    expect(written).toEqual(["api.py"]);
    await expect(call(editFile(desk), { path: "api.py", old: "TIMEOUT = 30", new: "" })).rejects.toThrow(
      /does not hold that passage/,
    );
    await expect(call(editFile(desk), { path: "api.py", old: "T", new: "" })).rejects.toThrow(/more than once/);
  });

  it.each([
    ["../elsewhere.py", /outside the connector's folder/],
    ["/tmp/elsewhere.py", /outside the connector's folder/],
    [".syncsmith/reports/1.json", /not a connector's file/],
    ["files/state.json", /not a connector's file/],
    ["configuration.json", /not written in this step/],
  ])("does not write %s", async (path, why) => {
    await expect(call(writeFileTool(desk), { path, content: "x" })).rejects.toThrow(why);
    await expect(call(writeFileTool(desk), { path, content: "x" })).rejects.toBeInstanceOf(ToolError);
  });

  it("does not read the configuration: a person may have put real values into it", async () => {
    await expect(call(readFileTool(desk), { path: "configuration.json" })).rejects.toThrow(/the person's/);
    await expect(call(readFileTool(desk), { path: "./x/../configuration.json" })).rejects.toThrow(/the person's/);
  });

  it.each([".syncsmith/reports/1.json", "files/state.json", "nothing.py"])("does not read %s", async (path) => {
    await expect(call(readFileTool(desk), { path })).rejects.toThrow(/There is no file/);
  });

  it("follows no link out of the folder", async () => {
    const outside = await mkdtemp(join(tmpdir(), "syncsmith-outside-"));
    await writeFile(join(outside, "secret.py"), "x");
    await symlink(outside, join(directory, "link"));
    await expect(call(readFileTool(desk), { path: "link/secret.py" })).rejects.toThrow(/outside/);
    await expect(call(writeFileTool(desk), { path: "link/new.py", content: "x" })).rejects.toThrow(/outside/);
  });

  it("shows blockers of lint first", async () => {
    const { text, outcome } = await call(lintConnector(desk), {});
    expect(outcome).toBe("1 blockers, 1 warnings");
    expect(text.split("\n")[1]).toBe("blocker api.py:3 SF01 no. Do this.");
  });

  it("shows rows of the warehouse in lines, and says when there are more", async () => {
    const { text } = await call(queryWarehouse(desk), { sql: "select 1" });
    expect(text.split("\n")).toEqual(["id | note", "1 | a b c", "2 | NULL", "More than 50 rows: narrow it."]);
  });
});
