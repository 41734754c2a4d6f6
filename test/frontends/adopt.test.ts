/** Connectors that were written elsewhere: proven as they are, drafted where nobody described them, refused where they stray. */
import { cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";
import { isRunning } from "../targets/fivetran/run-fixture.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/adopted");

interface Copied {
  workspace: string;
  code: string;
  spec: string;
  /** Changes one place of the code. */
  plant(file: string, from: string, to: string): Promise<void>;
  adopt(...more: string[]): ReturnType<typeof runHere>;
  report(): Promise<Report>;
}

async function copied(name: string, connector: string): Promise<Copied> {
  const workspace = await temporaryDirectory();
  await cp(join(FIXTURES, name), workspace, { recursive: true });
  const code = join(workspace, "connector");
  const spec = join(workspace, "spec.yaml");
  return {
    workspace,
    code,
    spec,
    plant: async (file, from, to) => {
      const text = await readFile(join(code, file), "utf8");
      expect(text.split(from)).toHaveLength(2);
      await writeFile(
        join(code, file),
        text.replace(from, () => to),
      );
    },
    adopt: (...more) => runHere(["adopt", code, "--spec", spec, "--quick", ...more], { workspace }),
    report: async () =>
      reportSchema.parse(JSON.parse(await readFile(join(workspace, connector, ".syncsmith/reports/1.json"), "utf8"))),
  };
}

describe("a connector that was written elsewhere", () => {
  it(verifies("adopt.proves", "is proven as it is, by its own keys and names"), async () => {
    const { workspace, code, adopt, report } = await copied("offset", "harbour_freight");
    const first = await adopt();
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain("adopted: nothing is generated");
    const proven = await report();
    expect(proven.green, proven.blockers.join("\n")).toBe(true);
    expect(proven.tables.map(({ name, rows }) => [name, rows > 50])).toEqual([
      ["carriers", true],
      ["shipments", true],
    ]);
    const theirs = await readFile(join(code, "connector.py"), "utf8");
    expect(await readFile(join(workspace, "harbour_freight/connector.py"), "utf8")).toBe(theirs);
    expect((await stat(join(workspace, "harbour_freight/configuration.json"))).mode & 0o777).toBe(0o600);
    expect((await adopt()).code).toBe(0);
    const configuration = await runHere(["config", "harbour_freight"], {
      workspace,
      environment: { FREIGHT_KEY: "secret-1" },
    });
    expect(JSON.parse(configuration.stdout)).toEqual({
      api_url: "https://api.freight.example/v2",
      freight_key: "secret-1",
      page_size: "50",
    });
  });

  it("is reached although its address is in its code, and leaves no process behind", async () => {
    const { workspace, plant, adopt, report } = await copied("next_cursor", "ledgerly");
    const note = join(workspace, "pids");
    const forks = `    child = subprocess.Popen(["sleep", "300"])\n    with open("${note}", "a") as file:\n        file.write(f"{child.pid}\\n")\n`;
    await plant("connector.py", "import json\n", "import json\nimport subprocess\n");
    await plant("connector.py", "    client = ApiClient(token)\n", `${forks}    client = ApiClient(token)\n`);
    const result = await adopt();
    expect(result.code, result.stderr).toBe(0);
    expect((await report()).green).toBe(true);
    const pids = (await readFile(note, "utf8")).trim().split("\n").map(Number);
    expect(pids.length).toBeGreaterThan(3);
    expect(await Promise.all(pids.map(isRunning))).not.toContain(true);
  });

  it("is run as the other platform does where it is written for that", async () => {
    const { adopt, report } = await copied("community", "weather_stations");
    const result = await adopt();
    expect(result.code, result.stderr).toBe(0);
    expect(await report()).toMatchObject({ green: true, target: "lakeflow" });
  });

  it(verifies("adopt.confines", "is kept from other hosts, and says which it went to"), async () => {
    const { plant, adopt, report } = await copied("offset", "harbour_freight");
    await plant("connector.py", 'configuration["api_url"].rstrip("/")', '"https://api.freight.example/v2"');
    const result = await adopt();
    expect(result.code).toBe(1);
    expect((await report()).blockers.join("\n")).toContain(
      "the connector connects to api.freight.example:443, which is not the source that its configuration names; nothing was sent",
    );
  });

  it("is kept from writing outside its folder", async () => {
    const { plant, adopt, report } = await copied("next_cursor", "ledgerly");
    const outside = join("/var/tmp", `syncsmith-${process.pid}`);
    const writes = `    open("${outside}", "w").close()\n`;
    await plant("connector.py", "    client = ApiClient(token)\n", `${writes}    client = ApiClient(token)\n`);
    expect((await adopt()).code).toBe(1);
    expect((await report()).blockers.join("\n")).toContain(
      `the connector writes to ${outside}, which is outside its folder`,
    );
    await expect(stat(outside)).rejects.toThrow();
  });
});

describe("a spec for a connector that was written elsewhere", () => {
  it("is drafted from what the code says, and names what is missing", async () => {
    const { workspace, code } = await copied("parent_child", "taskboard");
    const file = join(workspace, "task_board.spec.yaml");
    const adopt = () => runHere(["adopt", code, "--name", "Task board", "--spec", file], { workspace });
    const result = await adopt();
    expect(result.code, result.stderr).toBe(1);
    expect(result.stdout).toContain("tables.tasks.path: which path lists it");
    const draft = await readFile(file, "utf8");
    expect(draft).toContain('user: "{username}"\n    secret: "{password}"');
    expect(draft).toContain("kind: basic");
    expect(draft).toMatch(/name: tasks\n {4}path: "\?"/);
    expect(draft).toMatch(/primary_key:\n {6}- project_id\n {6}- id/);
    const early = await adopt();
    expect(early.code).toBe(2);
    expect(early.stderr).toContain("task_board.spec.yaml, line");
    expect(await readdir(code)).toEqual(["board.py", "configuration.json", "connector.py"]);
  });

  it("has to say which key holds a credential, and which folder the code is in", async () => {
    const { workspace, code, spec, adopt } = await copied("offset", "harbour_freight");
    const text = await readFile(spec, "utf8");
    await writeFile(spec, text.replace('freight_key: "{api_key}", ', ""));
    const keyless = await adopt();
    expect(keyless.code).toBe(2);
    expect(keyless.stderr).toContain("which key of the connector holds {api_key}");
    await writeFile(spec, text.replace("code: connector", "code: elsewhere"));
    expect((await adopt()).stderr).toContain("adopts elsewhere, which is another folder");
    await writeFile(spec, text.replace("target: fivetran", "target: both"));
    expect((await adopt()).stderr).toContain("is written for one target");
    const nothing = await runHere(["adopt", join(code, "missing"), "--spec", spec], { workspace });
    expect(nothing).toMatchObject({ code: 2 });
  });
});
