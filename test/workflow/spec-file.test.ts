import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { parseSpec, specJsonSchema } from "../../src/workflow/spec-file.ts";
import { verifies } from "../support/verifies.ts";

function refusal(text: string): { message: string; hint: string | undefined } {
  try {
    parseSpec(text, "spec.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(2);
    return { message: (error as UserError).message, hint: (error as UserError).hint };
  }
  throw new Error("the spec was accepted");
}

const base = "name: X\nsource:\n  kind: rest\n";

describe("a spec", () => {
  it("has defaults for what is left away", () => {
    expect(parseSpec(base, "spec.yaml")).toMatchObject({
      target: "fivetran",
      layout: "modular",
      test: { mode: "auto" },
      deploy: { enabled: false },
      limits: { fixes: 2 },
    });
  });

  it("takes a basic password that is empty: the key is sent as the user name", () => {
    const auth = '  auth: {kind: basic, username: "${env:KEY}", password: ""}\n';
    expect(parseSpec(base + auth, "spec.yaml").source).toMatchObject({ auth: { kind: "basic", password: "" } });
  });

  it("may be JSON", () => {
    expect(parseSpec('{"name": "X", "source": {"kind": "rest"}}', "spec.json").name).toBe("X");
  });

  it.each([
    ["an unknown key at the top", "name: X\nsorce:\n  kind: rest\n", "unknown key sorce", "Did you mean source?"],
    [
      "an unknown key inside a union",
      `${base}  auth: {kind: bearer, tokne: "\${env:A}"}\n`,
      "source.auth.tokne",
      "Did you mean token?",
    ],
    ["an unknown key in a list", `${base}tables:\n  - name: a\n    paht: /x\n`, "tables.0.paht", "Did you mean path?"],
    [
      "an unknown key two unions deep",
      `${base}tables:\n  - name: a\n    pagination: {style: offset, offset_parm: x}\n`,
      "offset_parm",
      "Did you mean offset_param?",
    ],
    ["a wrong kind", "name: X\nsource:\n  kind: rset\n", "source.kind", "Possible: rest, graphql, database, file."],
    ["a wrong target", `${base}target: fivetrn\n`, "target", "Possible: fivetran, lakeflow, both."],
    ["a missing name", "source:\n  kind: rest\n", "name is missing", "spec.schema.json"],
    ["text that is no YAML", "name: [a\n b: {", "line 1", "indentation"],
    ["no keys at all", "- a", "holds no keys", "init"],
  ])("names %s", (_, text, message, hint) => {
    const said = refusal(text);
    expect(said.message).toContain(message);
    expect(said.hint).toContain(hint);
    expect(said.message).not.toContain("\n");
  });

  it.each([
    ["bearer", "token: abcdef123456"],
    ["api_key", "in: header, name: X-Key, value: abcdef123456"],
    ["basic", "username: me, password: abcdef123456"],
    ["oauth2_client_credentials", "token_url: /t, client_id: me, client_secret: abcdef123456"],
    ["session", "login_path: /l, username: me, password: abcdef123456"],
  ])(verifies("spec.no-literal-secret", "refuses a literal secret of kind %s, without showing it"), (kind, fields) => {
    const said = refusal(`${base}  auth: { kind: ${kind}, ${fields} }\n`);
    expect(said.message).toContain("plain text");
    expect(`${said.message}${said.hint}`).not.toContain("abcdef123456");
  });

  it("refuses a literal secret before it looks at other mistakes", () => {
    expect(refusal(`${base}  auth: { kind: bearer, token: abcdef123456 }\nunknown: 1\n`).message).toContain(
      "plain text",
    );
  });

  it("names the line", () => {
    expect(refusal(`${base}  base_url: ftp://x\n`).message).toContain("line 4");
  });
});

describe("the published JSON Schema", () => {
  it(verifies("spec.json-schema", "is what the schema says, in the file beside it"), async () => {
    const published = await readFile(new URL("../../src/artifacts/spec.schema.json", import.meta.url), "utf8");
    expect(JSON.parse(published), "run `npm run schema`").toEqual(specJsonSchema());
    expect(specJsonSchema()).toMatchObject({ required: ["name", "source"] });
  });
});
