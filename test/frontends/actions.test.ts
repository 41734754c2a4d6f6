import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import type { CheckResult, Finding, Report } from "../../src/artifacts/report.ts";
import { UserError } from "../../src/errors.ts";
import { openActions, type ToShow } from "../../src/frontends/actions.ts";
import type { RunEvent, StoredEvent } from "../../src/workflow/events.ts";
import { eventsJsonSchema, storedEventSchema } from "../../src/workflow/events-schema.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

function runner(environment: Record<string, string>) {
  const pieces: string[] = [];
  const stderr = { write: (piece: string) => pieces.push(piece) } as unknown as NodeJS.WritableStream;
  return { actions: openActions({ environment, streams: { stderr } }), text: () => pieces.join("") };
}

/** What a runner takes for a command, as its documentation has it: none between a stop and its token. */
function commands(text: string): string[] {
  let token: string | undefined;
  return text.split("\n").flatMap((line) => {
    const trimmed = line.trimStart();
    if (token !== undefined) {
      if (trimmed === `::${token}::`) token = undefined;
      return [];
    }
    const stop = /^::stop-commands::(.+)$/.exec(trimmed);
    if (stop) token = stop[1];
    return trimmed.startsWith("::") && !stop ? [trimmed] : [];
  });
}

const finding = (own: Partial<Finding> = {}): Finding => ({
  file: "sync.py",
  line: 7,
  rule: "SF01",
  severity: "blocker",
  message: "yield is gone, 100%:\nnever",
  why: "w",
  mend: "Call it.",
  ...own,
});
const failing = (own: Partial<CheckResult> = {}): CheckResult => ({
  check: "completeness",
  severity: "blocker",
  verdict: "fail",
  basis: "simulated",
  summary: "1 of 250 rows is missing",
  figures: {},
  details: [],
  table: "orders",
  ...own,
});
const run = (report: Partial<Report> | undefined, own: Partial<ToShow> = {}): ToShow => ({
  connector: "shop",
  directory: "/repo/workspace/shop",
  summary: "red: 1 verdict blocks",
  outcome: "not-green",
  report: report === undefined ? undefined : ({ checks: [], findings: [], ...report } as Report),
  text: "# Not green: `shop`\n",
  findings: [],
  ...own,
});

it(
  verifies("ci.annotations", "blockers and findings are annotations with file and line, errors before warnings"),
  () => {
    const { actions, text } = runner({ GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: "/repo" });
    const passing = failing({ verdict: "pass" });
    actions.show(
      run({ checks: [failing({ check: "memory", severity: "warning" }), failing(), passing], findings: [finding()] }),
    );
    actions.close();
    expect(commands(text())).toEqual([
      "::error title=shop%3A completeness%2C orders::1 of 250 rows is missing",
      "::error file=workspace/shop/sync.py,line=7,title=SF01::yield is gone, 100%25:%0Anever Call it.",
      "::warning title=shop%3A memory%2C orders::1 of 250 rows is missing",
    ]);
  },
);

it(verifies("ci.annotations", "a green connector that did not get where it should is an error, in words"), async () => {
  const path = join(await temporaryDirectory(), "summary.md");
  const { actions, text } = runner({ GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: path });
  const ended = { summary: "not deployed: the account is full", text: "# Green: `shop`\n" };
  actions.show(run({ green: true }, ended));
  actions.close();
  expect(commands(text())).toEqual(["::error title=shop::not deployed: the account is full"]);
  expect(await readFile(path, "utf8")).toBe("# shop\n\nnot deployed: the account is full\n\n# Green: `shop`\n\n");
  actions.show(run({ green: true }, { ...ended, outcome: "green" }));
  expect((await readFile(path, "utf8")).match(/not deployed/g), "a green run").toHaveLength(1);
});

it("what a source or a connector says is never taken for a command, whichever run is over", () => {
  const { actions, text } = runner({ GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: "/repo" });
  const evil = "::add-mask::a\n  ::error::from a page\n";
  const whole = () => `${text()}`;
  const before = whole();
  actions.show(run(undefined, { findings: [finding({ message: "x\n::error::inner" })] }));
  const between = whole().slice(before.length);
  actions.close();
  const after = whole().slice(before.length + between.length);
  expect(commands(`${before}${evil}${between}${evil}${after}`)).toEqual([
    "::error file=workspace/shop/sync.py,line=7,title=SF01::x%0A::error::inner Call it.",
  ]);
});

it("no more annotations than a runner shows", () => {
  const { actions, text } = runner({ GITHUB_ACTIONS: "true" });
  actions.findings(
    "/repo",
    Array.from({ length: 30 }, (_, line) => finding({ line, severity: line < 15 ? "warning" : "blocker" })),
  );
  expect(text().match(/^::error/gm)).toHaveLength(10);
  expect(text().match(/^::warning/gm)).toHaveLength(10);
});

it("says nothing where no runner is", () => {
  const { actions, text } = runner({});
  actions.show(run({ checks: [failing()] }));
  actions.error(new UserError("x"));
  actions.close();
  expect(actions.watched).toBe(false);
  expect(text()).toBe("");
});

it(verifies("ci.annotations", "reports are added to the job's summary, as long as it takes them"), async () => {
  const path = join(await temporaryDirectory(), "summary.md");
  await writeFile(path, "before\n");
  const { actions, text } = runner({ GITHUB_STEP_SUMMARY: path });
  actions.show(run({}));
  actions.show(run(undefined, { text: undefined, summary: "the spec is wrong" }));
  actions.show(run({}, { text: "x".repeat(1_000_000) }));
  const before = "before\n# Not green: `shop`\n\n# shop\n\nthe spec is wrong\n\n";
  expect(await readFile(path, "utf8")).toBe(`${before}# shop\n\nred: 1 verdict blocks\n\n`);
  expect(text()).toBe("");
  const lost = runner({ GITHUB_STEP_SUMMARY: join(path, "no/folder") });
  lost.actions.show(run({}));
  expect(lost.text()).toContain("cannot be written");
});

it("a mistake in a spec is shown at its line", async () => {
  const workspace = await temporaryDirectory();
  const spec = join(workspace, "bad.yaml");
  await writeFile(spec, "name: Bad\nsorce:\n  kind: rest\nsource:\n  kind: rest\n");
  const environment = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: workspace };
  const { code, stdout, stderr } = await runHere(["--json", "build", spec], { workspace, environment });
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(commands(stderr)).toEqual([
    `::error file=bad.yaml,line=2::${spec}, line 2, unknown key sorce.%0ADid you mean source?`,
  ]);
});

it("findings of lint are annotations, too", async () => {
  const directory = await temporaryDirectory();
  await writeFile(
    join(directory, "connector.py"),
    "from fivetran_connector_sdk import Operations as op\n\ndef update(configuration, state):\n    yield op.upsert('a', {})\n",
  );
  const environment = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: directory };
  const { code, stderr } = await runHere(["lint", directory], { workspace: directory, environment });
  expect(code).toBe(1);
  expect(commands(stderr).some((line) => /^::error file=connector\.py,line=\d+,title=SF\d+::/.test(line))).toBe(true);
});

it(verifies("ci.events", "the events' JSON Schema is published and up to date, and refuses what is none"), async () => {
  const published = JSON.parse(
    await readFile(new URL("../../src/workflow/events.schema.json", import.meta.url), "utf8"),
  );
  expect(published, "run `npm run schema`").toEqual(eventsJsonSchema());
  const schema = z.fromJSONSchema(published);
  const stored = (event: RunEvent): StoredEvent =>
    ({ time: "2026-11-21T10:00:00.000Z", connector: "shop", ...event }) as StoredEvent;
  const ended = stored({ type: "run-ended", outcome: "green", exitCode: 0, summary: "x" });
  const turn = stored({
    type: "agent",
    step: "chat",
    event: { type: "turn-ended", turn: 1, usage: { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 }, usd: null },
  });
  for (const event of [ended, turn]) {
    expect(schema.safeParse(event).error).toBeUndefined();
    expect(storedEventSchema.safeParse(event).error).toBeUndefined();
  }
  for (const wrong of [
    { ...ended, exitCode: 5 },
    { ...ended, type: "run-over" },
    { ...turn, step: "build" },
  ]) {
    expect(schema.safeParse(wrong).success).toBe(false);
  }
});
