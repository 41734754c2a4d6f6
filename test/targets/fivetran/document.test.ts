import { readFileSync } from "node:fs";
import { execaSync } from "execa";
import { describe, expect, test } from "vitest";
import { blueprintOf, type RestBlueprint } from "../../../src/artifacts/blueprint.ts";
import type { Report } from "../../../src/artifacts/report.ts";
import { checkDocuments, documentFivetran, finalSummary } from "../../../src/targets/fivetran/document/document.ts";
import { SDK_VERSION } from "../../../src/targets/fivetran/document/facts.ts";
import type { DocumentInput, GeneratedFile } from "../../../src/targets/target.ts";
import { greenReport, kindBlueprint } from "../../support/kind-blueprints.ts";
import { blueprintFixture, evidenceFixture, liveReportFixture, reportFixture } from "../../support/reports.ts";
import { verifies } from "../../support/verifies.ts";

const CODE =
  "# a comment on 429 proves nothing\nif answer.status_code == 429:\n    wait(answer.headers['Retry-After'])\n";

function inputFor(report: Report, more: Partial<DocumentInput> = {}): DocumentInput {
  const files = [
    { path: "connector.py", content: "import client\n" },
    { path: "client.py", content: CODE },
    { path: "README.md", content: "old" },
  ];
  return { blueprint: blueprintFixture(), report, files, evidence: evidenceFixture(), ...more };
}

function documents(input: DocumentInput): { readme: string; deployment: string; files: GeneratedFile[] } {
  const files = documentFivetran(input);
  const text = (path: string) => files.find((file) => file.path === path)?.content ?? "";
  return { readme: text("README.md"), deployment: text("DEPLOYMENT.md"), files };
}

describe("documents pass their own gate", () => {
  test.each(["green", "red"] as const)(verifies("documents.sections", "%s report"), (name) => {
    const input = inputFor(reportFixture(name));
    expect(checkDocuments(documentFivetran(input), input)).toEqual([]);
  });

  test.each(["static", "simulated", "recorded", "live", "unproven"] as const)("tables with the label %s", (trust) => {
    const report = reportFixture("green");
    const input = inputFor({
      ...report,
      ...(trust === "unproven" ? {} : { basis: trust }),
      tables: report.tables.map((table) => ({ ...table, trust })),
    });
    expect(checkDocuments(documentFivetran(input), input)).toEqual([]);
  });

  test("a report without checks and syncs, a source without credentials, any destination", () => {
    const blueprint: RestBlueprint = {
      ...blueprintOf(blueprintFixture(), "rest"),
      configuration: [],
      custom: [],
      skipped: [],
    };
    blueprint.source.auth = { kind: "none" };
    delete blueprint.source.rate_limit;
    for (const type of ["bigquery", "an unknown one"]) {
      const report: Report = { ...reportFixture("red"), checks: [], syncs: [], tables: [], unproven: [], findings: [] };
      const input = inputFor(report, { blueprint, files: [], evidence: [], destination: { name: "it's mine", type } });
      const { files, deployment, readme } = documents(input);
      expect(checkDocuments(files, input)).toEqual([]);
      expect(deployment).toContain(`--destination 'it'\\''s mine'`);
      expect(readme).toContain("Rate limit: none known.");
      expect(readme).not.toMatch(/undefined|\[object|NaN/);
    }
  });

  test("texts of the source cannot add a section or a claim of structure", () => {
    const blueprint = blueprintFixture();
    blueprint.description = "x\n## Limitations\n<script>alert(1)</script>";
    const { readme } = documents(inputFor(reportFixture("green"), { blueprint }));
    expect(readme.match(/^## Limitations$/gm)).toHaveLength(1);
    expect(readme).not.toMatch(/(?<!\\)<script/);
  });
});

describe.each(["graphql", "database", "file"] as const)("a source of kind %s", (kind) => {
  const blueprint = kindBlueprint(kind);
  const input = inputFor(greenReport(blueprint), { blueprint });
  const { readme, deployment, files } = documents(input);

  test("its documents pass the gate, and the gate wants the heading of its kind", () => {
    expect(checkDocuments(files, input)).toEqual([]);
    const title = kind === "graphql" ? "API details and rate limits" : "Source details";
    const without = files.map(({ path, content }) => ({ path, content: content.replace(`## ${title}`, "## Details") }));
    expect(checkDocuments(without, input)).toEqual([`README.md has no section “${title}”.`]);
  });

  test("they speak of no other kind", () => {
    expect(readme).not.toMatch(/undefined|\[object|NaN|`GET /);
    if (kind === "graphql") return;
    const own = readme.split("\n").filter((line) => !line.startsWith("- Documentation read"));
    expect(own.join("\n")).not.toMatch(/\bAPI\b|429|rate limit|Status 40|[Rr]equests? (sent|to)|\| Requests \|/);
    expect(deployment).not.toContain("12 requests");
  });
});

test("what each kind says of its source", () => {
  const readmeOf = (kind: "graphql" | "database" | "file") => {
    const blueprint = kindBlueprint(kind);
    return documents(inputFor(greenReport(blueprint), { blueprint })).readme;
  };
  const database = readmeOf("database");
  expect(database).toContain("from Harbour (PostgreSQL at `db.harbour.example:5432`, database `harbour`)");
  expect(database).toContain("| `ports` | `SELECT … FROM sales.ports` | 500 rows at a time |");
  expect(database).toContain("Renew `user`, `password` and check what the account may read");
  expect(database).toContain("`events` has no lookback");
  const file = readmeOf("file");
  expect(file).toContain("| `calls` | files `calls/*.ndjson` | JSON, one record per line |");
  expect(file).toContain("a file that changes while it is read");
  const graphql = readmeOf("graphql");
  expect(graphql).toContain("- `order_lines` is listed per row of `orders`.");
  expect(graphql).toContain("Rate limit: 10 requests per second.");
});

describe("what the README says", () => {
  const green = documents(inputFor(reportFixture("green")));
  const red = documents(inputFor(reportFixture("red")));

  test("figures are those of the report", () => {
    expect(green.readme).toContain(
      "| `ticketComments` | `ticket_comments` | `ticket_id`, `id` | 612 | proven on a simulated source |",
    );
    expect(green.readme).toContain("| `initial` | succeeded | 1,291 | 0 | 361 | 365 | 4.3 s |");
    expect(green.readme).toContain("- `tickets`: 350 rows, then 2");
    expect(green.readme).toContain("Rate limit: 120 requests per minute.");
  });

  test("a red report is said before anything else, with its blockers", () => {
    expect(red.readme.split("\n")[2]).toContain("**Not ready to deploy.** Not green: 3 blockers.");
    expect(red.deployment.split("\n")[2]).toContain("**Do not deploy this code yet.**");
    expect(red.readme).toContain("`tickets` is not proven: changes failed.");
    expect(red.readme).toContain("`refusal` **failed**: A wrong api_token was tried 5 times");
    expect(green.readme).not.toContain("Not ready");
  });

  test("what no check did is said, and stops being said when a check does it", () => {
    expect(green.readme).toContain("Not tested by this report: answers with 429 or 5xx");
    expect(green.readme).toContain("Nothing here was tested against the live source.");
    expect(green.readme).not.toMatch(/retries|retried/);
  });

  test("what the code says is told apart from tests, and comments are not code", () => {
    expect(green.readme).toContain("Answers with status 429 have a path of their own (`client.py`).");
    const commented = [{ path: "client.py", content: "# on 429 read Retry-After\n" }];
    expect(documents(inputFor(reportFixture("green"), { files: commented })).readme).not.toContain(
      "What the code says",
    );
  });

  test("a reserved word that the platform's local tester loses is named", () => {
    expect(green.readme).toContain("`tickets.order`: reserved words in DuckDB");
  });
});

describe("bases and contradictions in the README", () => {
  const report = liveReportFixture();
  const { readme } = documents(inputFor(report));
  const section = (title: string) => readme.split(`\n### ${title}\n`)[1]?.split(/\n##/)[0] ?? "";

  test("a check that ran on a stand-in is never told as run on the live source", () => {
    expect(readme).toContain(
      "The checks ran against the live source, those marked “simulated” on a simulated source, on",
    );
    const row = readme.split("\n").find((line) => /^\| `tickets` \| proven.*`changes`/.test(line)) ?? "";
    expect(row).toMatch(/\| proven against the live source \| `initial-sync`, `keys`, `columns`, `second-sync`, /);
    expect(row).toContain("`changes` (simulated)");
    expect(readme).toContain("`configuration` (simulated) passed");
    expect(readme).toContain("`lint` (reading the code) passed");
    expect(documents(inputFor(reportFixture("green"))).readme).not.toContain("(simulated)");
  });

  test("only checks that ran are explained, the others are named", () => {
    const idle: Report = {
      ...report,
      checks: report.checks.map((result) =>
        result.check === "deletes" ? { ...result, verdict: "not-applicable" } : result,
      ),
    };
    const text = documents(inputFor(idle)).readme;
    const meanings = text.split("Meaning of the checks that ran:")[1]?.split("\n\n")[1] ?? "";
    expect(meanings).toContain("- `changes`: ");
    expect(meanings).not.toContain("`deletes`");
    expect(text).toContain("Not applicable to anything here: `deletes`.");
    expect(text).not.toContain("writes nothing new");
  });

  test("what a probe overruled stands apart from what nothing proves", () => {
    const overruled = section("Where the documentation and the source differ");
    expect(overruled).toContain("The source was followed.");
    for (const claim of report.overruled) expect(overruled).toContain(`- ${claim}`);
    const unproven = section("What nothing proves");
    expect(unproven).toContain("- labels: the key: labels have no id");
    expect(unproven).not.toContain(report.overruled[0]);
    const none = documents(inputFor({ ...report, overruled: [], unproven: [] })).readme;
    expect(none).not.toMatch(/Where the documentation and the source differ|What nothing proves/);
  });

  test("long lists are cut, with the place that has the rest", () => {
    const many = Array.from({ length: 40 }, (_, index) => `tables.t${index}.deletes: nothing speaks of it`);
    const { readme: text } = documents(inputFor({ ...report, overruled: many, unproven: many }));
    expect(text.match(/and 28 more, all in `lantern_desk_api_doc.md`/g)).toHaveLength(2);
    const summary = finalSummary({
      blueprint: blueprintFixture(),
      report: { ...report, overruled: many, unproven: many },
      deployment: { outcome: "skipped", reason: "nobody asked for it" },
      files: [],
    });
    expect(summary.match(/and 28 more in the report/g)).toHaveLength(2);
  });

  test("words of a claim are no claim of proof: documents with them pass the gate", () => {
    const said =
      "tables.tickets.advance: the live probe verified that every table of the connector leaves equal rows out";
    const input = inputFor({ ...reportFixture("red"), overruled: [said], unproven: [said] });
    expect(checkDocuments(documentFivetran(input), input)).toEqual([]);
    const files = documentFivetran(input).map(({ path, content }) => ({ path, content: `${content}\n${said}\n` }));
    expect(checkDocuments(files, input).join()).toContain("calls tickets proven");
  });

  test("ids of evidence do not reach a reader who has no list of it", () => {
    const blueprint = blueprintFixture();
    blueprint.skipped = [{ name: "drafts", reason: "E5 says that they are private (E3, P4)." }];
    const text = documents(inputFor(report, { blueprint })).readme;
    expect(text).toContain(
      "`drafts` is left out: https://docs.lanterndesk.example/guides/paging says that they are private",
    );
    expect(text).not.toMatch(/\b[EP]\d+\b/);
  });

  test.each([
    ["iso8601", "so one second is taken off before asking"],
    ["epoch_milliseconds", "so one millisecond is taken off before asking"],
    ["date", "so one day is taken off before asking"],
    ["integer", "so 1 is taken off before asking"],
    ["string", "nothing can be taken off a text"],
  ] as const)("an exclusive filter names its unit: %s", (format, words) => {
    const blueprint = blueprintFixture();
    blueprint.tables = blueprint.tables.map((table) =>
      table.advance.kind === "cursor" ? { ...table, advance: { ...table.advance, inclusive: false, format } } : table,
    );
    expect(documents(inputFor(report, { blueprint })).readme).toContain(words);
  });
});

describe("what DEPLOYMENT.md says", () => {
  const { deployment } = documents(
    inputFor(reportFixture("green"), { destination: { name: "lake", type: "databricks" } }),
  );

  test("today's command line and addresses", () => {
    expect(deployment).toContain(
      "fivetran deploy --destination lake --connection lantern_desk --configuration ../lantern_desk.configuration.json --yes",
    );
    expect(deployment).toContain("https://fivetran.com/dashboard/connections/<id>/status");
    expect(deployment).toContain("export FIVETRAN_DESTINATION_NAME=lake");
    expect(deployment).toContain("A new connection is paused.");
    expect(deployment).not.toContain("--force");
  });

  test("queries for the destination that was named, and for it only", () => {
    expect(deployment).toContain("FROM `lantern_desk`.`ticket_comments`");
    expect(deployment.match(/```sql/g)).toHaveLength(1);
    const open = documents(inputFor(reportFixture("green"))).deployment;
    expect(open.match(/```sql/g)).toHaveLength(5);
  });

  test("with many tables, the counts of all stay in sight and the rest is folded away", () => {
    const blueprint = blueprintFixture();
    const [table] = blueprint.tables;
    if (table === undefined) throw new Error("the fixture has no table");
    for (let index = 0; index < 30; index += 1) blueprint.tables.push({ ...table, name: `extra_${index}` });
    const report = reportFixture("green");
    const long = documents(
      inputFor(report, { blueprint, destination: { name: "lake", type: "databricks" } }),
    ).deployment;
    const [open = "", folded = ""] = long.split("<details>");
    expect(open).toContain("FROM `lantern_desk`.`extra_29`");
    expect(open).not.toContain("occurrences");
    expect(folded.split("</details>")[0]?.match(/AS occurrences/g)).toHaveLength(34);
    expect(folded).toContain("</details>\n\n## Security");
    expect(deployment).not.toContain("<details>");
  });

  test("the commands for the API key give what the platform wants", () => {
    const script = /```bash\n(read[\s\S]*?)```/.exec(deployment)?.[1] ?? "";
    const secret = "s".repeat(90);
    const { stdout } = execaSync("bash", ["-c", `${script}\nprintf %s "$FIVETRAN_API_KEY"`], {
      input: `key\n${secret}\n`,
    });
    expect(Buffer.from(stdout.trim(), "base64").toString()).toBe(`key:${secret}`);
    expect(stdout.trim()).not.toContain("\n");
  });

  test("every bash block parses", () => {
    for (const [, script] of deployment.matchAll(/```bash\n([\s\S]*?)```/g)) {
      const checked = execaSync("bash", ["-n"], { input: (script ?? "").replaceAll("<id>", "id"), reject: false });
      expect(checked.stderr, script).toBe("");
    }
  });
});

test("the SDK release in the documents is the one the checks run on", () => {
  const lock = readFileSync(new URL("../../../src/system/python/fivetran.lock", import.meta.url), "utf8");
  expect(lock).toMatch(new RegExp(`^fivetran-connector-sdk==${SDK_VERSION.replaceAll(".", "\\.")} `, "m"));
});

describe("the gate", () => {
  const input = inputFor(reportFixture("red"));
  const changed = (path: string, change: (text: string) => string) =>
    checkDocuments(
      documentFivetran(input).map((file) => (file.path === path ? { path, content: change(file.content) } : file)),
      input,
    );

  test("missing documents, sections, order and emptiness", () => {
    expect(checkDocuments([], input)).toEqual(["README.md is missing.", "DEPLOYMENT.md is missing."]);
    expect(changed("README.md", (text) => text.replace("## Usage", "## How to"))).toEqual([
      "README.md has no section “Usage”.",
    ]);
    expect(changed("DEPLOYMENT.md", (text) => text.replace("## Security", "### Security"))).toEqual([
      "DEPLOYMENT.md has no section “Security”.",
    ]);
    expect(
      changed("README.md", (text) => `${text.replace("## Overview", "## Intro")}\n## Overview\n\nlate\n`)[0],
    ).toContain("“Features” stands too early");
    expect(changed("README.md", (text) => text.replace(/(## Features\n)[\s\S]*?(?=\n## )/, "$1"))).toEqual([
      "README.md: the section “Features” is empty.",
    ]);
  });

  test("a heading inside a block of code is not a section", () => {
    expect(changed("README.md", (text) => text.replace("## Usage", "```\n## Usage\n```"))).toEqual([
      "README.md has no section “Usage”.",
    ]);
  });

  test("keys and tables are named in their own sections, as whole words", () => {
    expect(
      changed("README.md", (text) =>
        text.replaceAll("`start_date`", "`restart_dates`").replaceAll('"start_date"', '"x"'),
      ),
    ).toEqual(["README.md: the section “Configuration” does not name the key start_date."]);
    expect(changed("README.md", (text) => text.replaceAll("`labels`", "`labels_of_tickets`"))).toEqual([
      "README.md: the section “Data schema” does not name the table labels.",
    ]);
  });

  const claim = (sentence: string) =>
    changed("README.md", (text) => text.replace("## Features\n", `## Features\n\n${sentence}\n`));

  test.each([
    ["The table `tickets` is proven on a simulated source.", "calls tickets proven"],
    ["| `tickets` | **proven** |", "calls tickets proven"],
    ["- tickets was fully\n  tested.", "calls tickets proven"],
    ["All tables are proven.", "calls tickets proven"],
    ["This connector has been verified.", "calls labels proven"],
    ["`agents` is proven against the live source.", "says that agents was proven live"],
    ["The connector passes because all checks pass.", "says that all checks passed"],
  ])("too much is claimed: %s", (sentence, problem) => {
    expect(claim(sentence).join("\n")).toContain(problem);
  });

  test.each([
    "`tickets` is not proven.",
    "`agents` is proven on a simulated source.",
    "Nothing here was verified against the live source.",
    "```\ntickets is proven\n```",
  ])("no more than the report is claimed: %s", (sentence) => {
    expect(claim(sentence)).toEqual([]);
  });

  test.each([
    ["fivetran deploy --force", "--force"],
    ["https://fivetran.com/dashboard/connectors/x/status", "old dashboard address"],
    ["export FIVETRAN_DESTINATION=x", "FIVETRAN_DESTINATION_NAME"],
  ])("stale instructions: %s", (line, problem) => {
    expect(changed("DEPLOYMENT.md", (text) => `${text}\n${line}\n`).join("\n")).toContain(problem);
  });
});

describe("the summary", () => {
  const blueprint = blueprintFixture();
  const files = [{ path: "connector.py", content: "x".repeat(3400) }];

  test("deployed: where to look, and that the connection is paused", () => {
    const summary = finalSummary({
      blueprint,
      report: reportFixture("green"),
      deployment: {
        outcome: "deployed",
        reason: "",
        connection_id: "calm_river",
        dashboard: "https://fivetran.com/dashboard/connections/calm_river/status",
      },
      destination: { name: "lake", type: "databricks" },
      files,
    });
    expect(summary).toMatch(
      /^Connector +lantern_desk\nDestination +lake \(databricks\)\nDeployment +deployed\nConnection id +calm_river\n/,
    );
    expect(summary).toContain("Local test: 4 tables, 1,291 rows");
    expect(summary).toContain("connector.py  3.4 kB");
    expect(summary).toContain("a new one is paused");
    expect(summary).toContain(
      "in databricks and compare the counts with the source; the local run was not on live data",
    );
  });

  test("skipped and red: the reason, the blockers, and no invitation to deploy", () => {
    const report = reportFixture("red");
    const summary = finalSummary({
      blueprint,
      report,
      deployment: { outcome: "skipped", reason: "the report is not green" },
      files,
    });
    expect(summary).toContain("skipped: the report is not green");
    for (const blocker of report.blockers) expect(summary).toContain(blocker);
    expect(summary).toMatch(/tickets +350 rows +not proven: changes failed/);
    expect(summary).not.toContain("Deploy as");
    expect(summary).not.toMatch(/\p{Extended_Pictographic}/u);
  });

  test("what a probe overruled is not among what nothing proves", () => {
    const report = liveReportFixture();
    const summary = finalSummary({
      blueprint,
      report,
      deployment: { outcome: "skipped", reason: "nobody asked for it" },
      files,
    });
    const [, overruled = "", unproven = ""] =
      /differ; the source was followed\n(.*?)\n\nNot proven by anything\n(.*?)\n\n/s.exec(summary) ?? [];
    expect(overruled.split("\n")).toEqual(report.overruled.map((claim) => `  ${claim}`));
    expect(unproven.split("\n")).toEqual(report.unproven.map((claim) => `  ${claim}`));
  });

  test("skipped and green: what to have ready", () => {
    const summary = finalSummary({
      blueprint,
      report: reportFixture("green"),
      deployment: { outcome: "skipped", reason: "nobody asked for it" },
      files,
    });
    expect(summary).toContain("1. Have values ready for api_token.\n  2. Deploy as DEPLOYMENT.md describes.");
  });
});
