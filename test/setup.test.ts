import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { runCli, temporaryDirectory } from "./support/run-cli.ts";
import { verifies } from "./support/verifies.ts";

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), "utf8");

it(
  verifies("setup.two-commands", "both commands of the README set themselves up, and CI runs the second"),
  async () => {
    const { scripts } = JSON.parse(await read("package.json")) as { scripts: Record<string, string> };
    expect((await read("README.md")).slice(0, 1200)).toMatch(/npm run demo[\s\S]*npm test/);
    for (const before of ["predemo", "pretest"]) expect(scripts[before]).toContain("npm run --silent setup");
    expect(scripts.setup).toContain("npm ci");
    expect(await read(".ci/run")).toContain("npm test");
  },
);

it(
  verifies("setup.two-commands", "the demo goes all the way and ends in operations, rows and the report"),
  async () => {
    const workspace = await temporaryDirectory();
    const { code, stdout, stderr } = await runCli(["demo"], { workspace });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/Operation +\| Calls/);
    expect(stdout).toMatch(/Upserts +\| [1-9]/);
    expect(stdout).toMatch(/id .*\| number .*\| title/);
    expect(stdout).toContain("report.html");
    expect(stderr).toContain("not deployed");
  },
);

it("no lock file names where packages come from", async () => {
  for (const path of [
    "package-lock.json",
    ...["fivetran", "lakeflow", "database", "file"].map((part) => `src/system/python/${part}.lock`),
    "test/support/playground.lock",
  ]) {
    expect(await read(path), path).not.toMatch(/"resolved": "http|index-url|https?:\/\/[^ ]*\.(whl|tar\.gz|tgz)/);
  }
});

it("--help costs little more than starting Node", async () => {
  const { execa } = await import("execa");
  const time = async (args: string[]) => {
    const started = performance.now();
    await execa(process.execPath, args, { stdout: "ignore" });
    return performance.now() - started;
  };
  const program = new URL("../dist/main.js", import.meta.url).pathname;
  // By turns, and the shortest of each: other files' load comes in waves that a row of runs would take for a difference.
  const [help, node]: [number[], number[]] = [[], []];
  for (let run = 0; run < 7; run++) {
    help.push(await time([program, "--help"]));
    node.push(await time(["-e", "0"]));
  }
  expect(Math.min(...help) / Math.min(...node)).toBeLessThan(3);
});
