import { execaSync } from "execa";
import { describe, expect, test } from "vitest";
import { type AuthInput, authSchema } from "../../src/artifacts/auth.ts";
import { requiredClaims } from "../../src/artifacts/blueprint.ts";
import { apiDocument } from "../../src/sources/api-document.ts";
import { ensurePythonEnv } from "../../src/system/python-env.ts";
import { blueprintFixture, evidenceFixture } from "../support/reports.ts";

const document = apiDocument({ blueprint: blueprintFixture(), evidence: evidenceFixture() });

test("every section, in order", () => {
  expect([...document.matchAll(/^## (.*)$/gm)].map((found) => found[1])).toEqual([
    "Authorization",
    "Object list",
    "Object schema",
    "Primary keys",
    "Ingestion type",
    "Read API",
    "Pagination",
    "Rate limits",
    "Field type mapping",
    "Known unknowns",
    "Research log",
    "Sources",
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
    "Coverage: 32 facts that the connector rests on, of them 4 probed, 22 documented, 1 contradicted, 5 unproven (81% probed or documented).",
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
  expect(text).toContain("TBD: no source that was read states a limit.");
});

test("gaps read TBD with their reason, conflicts with both sides", () => {
  expect(document).toContain("| `labels` | none | TBD: labels have no id (E9) |");
  expect(document).toContain("`tables.ticketComments.read.pagination`: contradicted: taken: meta.more");
});

describe("the research log", () => {
  const log = (document.split("## Research log")[1] ?? "").split("## Sources")[0] ?? "";

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
    const { python } = await ensurePythonEnv();
    const parsed = execaSync(python, ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
      input: script,
      reject: false,
    });
    expect(parsed.stderr).toBe("");
    expect(parsed.exitCode).toBe(0);
  });
});
