import { describe, expect, test } from "vitest";
import { type Advance, advanceSchema } from "../../src/artifacts/reading.ts";
import { advanceInWords, deletesInWords } from "../../src/wording/blueprint.ts";
import { accessInWords, credentialKeys, piecesInWords, placeInWords, requestInWords } from "../../src/wording/kinds.ts";
import { kindBlueprint } from "../support/kind-blueprints.ts";

describe("what differs by the kind of source", () => {
  const first = (kind: "rest" | "graphql" | "database" | "file") => {
    const blueprint = kindBlueprint(kind);
    const [table] = blueprint.tables;
    if (table === undefined) throw new Error("the fixture has no table");
    return { blueprint, table };
  };

  test.each([
    ["rest", "<https://api.lanterndesk.example/v2>", "`GET /tickets`"],
    [
      "graphql",
      "<https://api.harbour.example/graphql>",
      '`query { shop { orders(status: "open", filter: {"archived":false}) } }`',
    ],
    ["database", "PostgreSQL at `db.harbour.example:5432`, database `harbour`", "`SELECT … FROM sales.Orders`"],
    ["file", "an S3-compatible bucket, `harbour-exports/daily`", "files `orders/{year}/*.csv.gz`"],
  ] as const)("%s: where it is and what is asked", (kind, place, request) => {
    const { blueprint, table } = first(kind);
    expect(placeInWords(blueprint.source)).toBe(place);
    expect(requestInWords(table)).toBe(request);
    expect(piecesInWords(table)).not.toBe("");
  });

  test("credentials are the keys that let the connector in", () => {
    expect(credentialKeys(first("rest").blueprint)).toEqual(["api_token"]);
    expect(credentialKeys(first("database").blueprint)).toEqual(["user", "password"]);
    expect(credentialKeys(first("file").blueprint)).toEqual(["access_key_id", "secret_access_key"]);
    const { blueprint } = first("file");
    expect(accessInWords({ ...blueprint, configuration: [] })).toBe("no credentials are needed");
  });

  test.each([
    ["off", "is not encrypted"],
    ["require", "the server's certificate is not checked"],
    ["verify", "certificate and name are checked"],
  ] as const)("TLS %s", (tls, words) => {
    const { blueprint } = first("database");
    if (blueprint.source.kind !== "database") throw new Error("no database");
    expect(accessInWords({ ...blueprint, source: { ...blueprint.source, tls } })).toContain(words);
  });

  test("an SQLite file has no server, and nothing to encrypt", () => {
    const { blueprint } = first("database");
    const source = { kind: "database" as const, engine: "sqlite" as const, tls: "verify" as const };
    expect(placeInWords(source)).toBe("an SQLite file");
    expect(accessInWords({ source, configuration: [] })).toBe("no credentials are needed");
    expect(blueprint.source.kind).toBe("database");
  });
});

describe("ways to advance", () => {
  const said = (advance: unknown) => advanceInWords(advanceSchema.parse(advance) satisfies Advance);

  test("a column says what is read again", () => {
    expect(said({ kind: "column", column: "id" })).toContain("nothing before it is read again");
    expect(said({ kind: "column", column: "at", lookback: 1200 })).toContain("1,200 seconds (for a number: units)");
  });

  test("files by time and by name differ in what happens to a changed one", () => {
    expect(said({ kind: "files", by: "modified" })).toContain("whose time or size has changed");
    expect(said({ kind: "files", by: "name" })).toContain("never read again, also when it changes");
  });

  test("rows of files that are gone", () => {
    expect(deletesInWords({ kind: "files" })).toBe(
      "rows of a file that is gone or has become shorter are marked deleted",
    );
  });
});
