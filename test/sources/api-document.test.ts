import { execaSync } from "execa";
import { describe, expect, test } from "vitest";
import { type AuthInput, authSchema } from "../../src/artifacts/auth.ts";
import { blueprintOf, requiredClaims } from "../../src/artifacts/blueprint.ts";
import { apiDocument } from "../../src/sources/api-document.ts";
import { ensurePythonEnv } from "../../src/system/python-env.ts";
import { kindBlueprint } from "../support/kind-blueprints.ts";
import { blueprintFixture as anyFixture, evidenceFixture } from "../support/reports.ts";

const blueprintFixture = () => blueprintOf(anyFixture(), "rest");

const document = apiDocument({ blueprint: blueprintFixture(), evidence: evidenceFixture() });

test("every section, in order", () => {
  expect([...document.matchAll(/^## (.*)$/gm)].map((found) => found[1])).toEqual([
    "Authorization",
    "Object List",
    "Object Schema",
    "Get Object Primary Keys",
    "Object's ingestion type",
    "Read API for Data Retrieval",
    "Field Type Mapping",
    "Known unknowns",
    "Research Log",
    "Sources and References",
  ]);
});

test("every field of every table is listed", () => {
  for (const table of blueprintFixture().tables) {
    const section = document.split(`### \`${table.name}\``)[1]?.split("\n##")[0] ?? "";
    for (const column of table.columns) expect(section).toContain(`| \`${column.name}\` | ${column.type}`);
  }
});

test("coverage counts each required claim once", () => {
  expect(requiredClaims(blueprintFixture())).toHaveLength(32);
  expect(document).toContain(
    "Coverage: 32 facts that the connector rests on: 4 probed, 22 documented, 1 contradicted, 5 unproven (81% probed or documented).",
  );
});

test("a claim that is missing counts as unproven and is listed", () => {
  const blueprint = blueprintFixture();
  delete blueprint.claims["source.auth"];
  delete blueprint.source.rate_limit;
  const text = apiDocument({ blueprint, evidence: evidenceFixture() });
  expect(text).toContain("Coverage: 31 facts");
  expect(text).toContain("6 unproven");
  expect(text).toContain("- `source.auth`: TBD: no claim is recorded for this field");
  expect(text).toContain("TBD: no limit was found in what was read.");
});

test("reading holds requests, pages, increments, deletions, limits and an example", () => {
  const section = document.split("## Read API for Data Retrieval")[1]?.split("\n## ")[0] ?? "";
  expect([...section.matchAll(/^### (.*)$/gm)].map((found) => found[1])).toEqual([
    ...blueprintFixture().tables.map((table) => `\`GET ${table.read.path}\``),
    "Pagination",
    "Incremental reads",
    "Deleted records",
    "Rate limits",
    "Example",
  ]);
});

describe("contradictions show both sides", () => {
  test("two pages that disagree: among the known unknowns", () => {
    const unknowns = document.split("## Known unknowns")[1]?.split("\n## ")[0] ?? "";
    const [, , seventh] = evidenceFixture().filter(({ id }) => ["E5", "E6", "E7"].includes(id));
    expect(unknowns).toContain("says (E5): “");
    expect(unknowns).toContain(`says (E7): “${seventh?.quotation}”`);
    expect(unknowns).not.toContain("Where the documentation is wrong");
  });

  test("a page that a probe overruled is known, and told where the documentation is wrong", () => {
    const blueprint = blueprintFixture();
    const [page] = evidenceFixture();
    if (page === undefined) throw new Error("the fixture has no evidence");
    const said = { ...page, id: "E70", quotation: "All *orders* are returned at once." };
    const shown = {
      ...page,
      id: "E71",
      kind: "probe" as const,
      address: "GET /tickets?page=2",
      quotation: "Page 2 has 40 rows.",
    };
    blueprint.claims["tables.tickets.read.pagination"] = {
      status: "contradicted",
      reason: "P1 is not what the source does (E71).",
      evidence: ["E70", "E71"],
    };
    const evidence = [...evidenceFixture(), said, shown];
    const text = apiDocument({ blueprint, evidence, pages: [{ id: "P1", address: "https://d.example/paging" }] });
    const [unknown = "", section = ""] = (text.split("## Known unknowns")[1]?.split("\n## ")[0] ?? "").split(
      "### Where the documentation is wrong",
    );
    expect(unknown).not.toContain("tickets.read.pagination");
    expect(section).toContain("The source was followed.");
    expect(section).toContain(
      "- `tables.tickets.read.pagination`: https://d.example/paging is not what the source does (E71).\n  - <https://",
    );
    expect(section).toContain("(E70): “All \\*orders\\* are returned at once.”");
    expect(section).toContain("the source, asked for `GET /tickets?page=2` (E71): “Page 2 has 40 rows.”");
    expect(text).toContain("| probed against the documentation (E70, E71) |");
    expect(text).toMatch(/Coverage: 32 facts[^(]*, 1 probed against the documentation, 1 contradicted, /);
  });
});

test("gaps read TBD with their reason, conflicts with both sides", () => {
  expect(document).toContain("| `labels` | none | TBD: labels have no id (E9) |");
  expect(document).toContain("`tables.ticketComments.read.pagination`: two sources disagree; taken: meta.more");
});

describe("the research log", () => {
  const log = (document.split("## Research Log")[1] ?? "").split("## Sources and References")[0] ?? "";

  test("one row per source, with what it confirmed by claims that hold", () => {
    const rows = log.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
    expect(rows).toHaveLength(6);
    expect(log).toContain(
      "| Official docs | <https://docs.lanterndesk.example/guides/paging> | 2026-11-20 | High | rate limit; `tickets`: pagination, advance | E3, E5 |",
    );
    expect(log).toContain(
      "| Reference implementation | <https://code.example/taps/tap-lantern/streams.py> | 2026-11-20 | Medium |",
    );
  });

  test("an unproven claim is not called confirmed", () => {
    const description = log.split("\n").find((line) => line.startsWith("| API description")) ?? "";
    expect(description).not.toMatch(/`labels`:[^;|]*primary key/);
    expect(description).not.toMatch(/`tickets`:[^;|]*deletes/);
  });

  test("no evidence is said, not invented", () => {
    expect(apiDocument({ blueprint: blueprintFixture(), evidence: [] })).toContain("TBD: no evidence was recorded.");
  });

  test("an address that is no web address never becomes a link", () => {
    const [first] = evidenceFixture();
    if (first === undefined) throw new Error("the fixture has no evidence");
    const text = apiDocument({
      blueprint: blueprintFixture(),
      evidence: [{ ...first, address: "javascript:alert(1)|x" }],
    });
    expect(text).toContain("`javascript:alert(1)\\|x`");
    expect(text).not.toContain("<javascript");
  });
});

describe("the example in Python parses, whatever the way of signing in", () => {
  const auths: AuthInput[] = [
    { kind: "none" },
    { kind: "api_key", in: "header", name: 'X-"Key"', prefix: "apiKey ", value: "api_key" },
    { kind: "api_key", in: "query", name: "key", value: "api_key" },
    { kind: "basic", username: "user", password: "" },
    { kind: "basic", username: "user", password: "pass" },
    { kind: "bearer", token: "api_token" },
    { kind: "oauth2_client_credentials", token_url: "/token", client_id: "id", client_secret: "secret" },
    { kind: "session", login_path: "/login", username: "user", password: "pass" },
  ];
  test.each(auths.map((auth) => [auth.kind, auth] as const))("%s", async (_kind, auth) => {
    const blueprint = blueprintFixture();
    blueprint.source.auth = authSchema.parse(auth);
    const text = apiDocument({ blueprint, evidence: evidenceFixture() });
    const script = /```python\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
    expect(script).toContain("requests.get(");
    expect(await parseProblem(script)).toBe("");
  });
});

/** What Python says against a script; empty when it parses. */
async function parseProblem(script: string): Promise<string> {
  const { python } = await ensurePythonEnv();
  const parsed = execaSync(python, ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
    input: script,
    reject: false,
  });
  return parsed.exitCode === 0 ? "" : parsed.stderr;
}

describe.each(["graphql", "database", "file"] as const)("a source of kind %s", (kind) => {
  const blueprint = kindBlueprint(kind);
  const text = apiDocument({ blueprint, evidence: evidenceFixture() });
  const section = (title: string) => text.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

  test("has the same sections in the same order", () => {
    const headings = (of: string) => [...of.matchAll(/^## (.*)$/gm)].map((found) => found[1]);
    expect(headings(text)).toEqual(headings(document));
    expect(text).not.toMatch(/undefined|\[object|NaN/);
  });

  test("names every table, field and required claim, and speaks of no other kind", () => {
    for (const table of blueprint.tables) {
      expect(section("Object List")).toContain(`| \`${table.name}\` |`);
      for (const { name } of table.columns) expect(section("Object Schema")).toContain(`| \`${name}\` |`);
    }
    const own = text.split("\n## Research Log\n")[0];
    expect(own).not.toContain("TBD: no claim");
    expect(own).not.toContain("`GET ");
    if (kind !== "graphql")
      expect(own).not.toMatch(/\bAPI\b(?! for Data Retrieval| description)|[Rr]ate limit(?!;)|request/);
  });

  test("its example parses", async () => {
    const script = /```python\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
    expect(script).not.toBe("");
    expect(await parseProblem(script)).toBe("");
  });
});

describe("what each kind says of reading", () => {
  const reading = (kind: "graphql" | "database" | "file") => {
    const text = apiDocument({ blueprint: kindBlueprint(kind), evidence: evidenceFixture() });
    return { text, part: text.split("## Read API for Data Retrieval")[1]?.split("\n## ")[0] ?? "" };
  };

  test("GraphQL: the query, its arguments, connections and nested lists", () => {
    const { text, part } = reading("graphql");
    expect(part).toContain('### `query { shop { orders(status: "open", filter: {"archived":false}) } }`');
    expect(part).toContain("### `lines` of each node of `orders`");
    expect(part).toContain("`id` of `orders` is kept in `order_id`.");
    expect(part).toContain("50 per page (`first`); the next page is asked for with `after` and `pageInfo.endCursor`");
    expect(part).toContain("reading ends when the total at `count` is reached");
    expect(part).toContain(
      'orders(first: 50, status: \\"open\\", filter: {archived: false}) { edges { node { __typename } }',
    );
    expect(part).toContain("Further pages of one `orders` are asked for with `order(id: …)`.");
    expect(part).toContain("10 requests per second.");
    expect(text).toContain("- Endpoint: <https://api.harbour.example/graphql>. Documented (E1).");
    expect(text).toContain("| `order_lines` | `lines` of each node of `orders` | `orders` |");
  });

  test("database: the statement, batches, the column it advances by, who signs in", () => {
    const { text, part } = reading("database");
    expect(part).toContain("### `SELECT … FROM sales.order`");
    expect(part).toContain("| `ports` | 500 rows at a time | documented (E1) |");
    expect(part).toContain("60 seconds (for a number: units) before it are read again");
    expect(part).toContain('FROM \\"sales\\".\\"Orders\\" LIMIT 10');
    expect(text).toContain("- Database: PostgreSQL at `db.harbour.example:5432`, database `harbour`. Documented (E1).");
    expect(text).toContain(
      "the connector signs in with `user`, `password`; the connection is encrypted, and the server's",
    );
    expect(text).toContain("| `decimal` | an exact decimal number | as the database's own type | 1 |");
    expect(text).toContain("| `events` | `snapshot` |");
    expect(text).toContain("| `orders` | `cdc` |");
  });

  test("file: patterns, formats, captured parts, what is read again", () => {
    const { text, part } = reading("file");
    expect(part).toContain("### files `orders/{year}/*.csv.gz`");
    expect(part).toContain(
      "Format: CSV separated by `;`, quoted with `\"`, in cp1252, with a line of column names, `NULL` for null; compressed with gzip; `year` taken from the file's path.",
    );
    expect(part).toContain("files that are new, or whose time or size has changed, are read whole");
    expect(part).toContain("a file that was read is never read again, also when it changes");
    expect(part).toContain('gzip.open("one_of_the_files", "rt", encoding="cp1252", newline="")');
    expect(text).toContain("- Location: an S3-compatible bucket, `harbour-exports/daily`. Documented (E1).");
  });
});
