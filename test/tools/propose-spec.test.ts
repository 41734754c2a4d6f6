import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Approval } from "../../src/agent/approval.ts";
import { ToolError } from "../../src/errors.ts";
import { createRedactor, type Redactor } from "../../src/system/secrets.ts";
import { proposeSpec, type SpecDesk } from "../../src/tools/propose-spec.ts";
import { checkSpec, connectorName } from "../../src/workflow/requirements.ts";
import { loadSpec, parseSpec } from "../../src/workflow/spec-file.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

let directory: string;
let desk: SpecDesk;
let redactor: Redactor;
let asked: Approval[];
let yes: boolean;
let whileAsked: () => Promise<void>;

beforeEach(async () => {
  const workspace = await temporaryDirectory();
  directory = join(workspace, "specs");
  redactor = createRedactor();
  asked = [];
  yes = false;
  whileAsked = async () => {};
  desk = {
    directory,
    ledger: join(workspace, "ledger.json"),
    workingDirectory: workspace,
    parse: (text, name) => {
      const spec = parseSpec(text, name);
      checkSpec(spec);
      return spec;
    },
    nameOf: (spec) => connectorName(spec.name),
    toBuild: (name) => `build_connector with spec ${JSON.stringify(name)}`,
    isSet: (name) => name === "SET",
    approve: async (approval) => {
      asked.push(approval);
      await whileAsked();
      return yes;
    },
    redact: (text) => redactor.redact(text),
    hide: (values) => redactor.add(...values),
    wrote: async () => {},
  };
});

const signal = new AbortController().signal;
const propose = (spec: unknown) => proposeSpec(desk).run({ spec }, { signal });
const refusal = async (spec: unknown) => {
  const error = await propose(spec).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ToolError);
  return (error as ToolError).message;
};

const SHOP = {
  name: "My Shop",
  source: {
    kind: "rest",
    base_url: "https://shop.example",
    docs: ["https://shop.example/openapi.json"],
    auth: { kind: "bearer", token: "${env:SET}" },
  },
  tables: ["orders"],
  destination: { name: "warehouse" },
};

describe("propose_spec", () => {
  it("writes a valid spec under its connector's name, and says that nothing is open", async () => {
    const { text } = await propose(SHOP);
    expect(text).toContain("Nothing is open");
    expect((await loadSpec(join(directory, "my_shop.yaml"))).spec.source).toMatchObject({
      base_url: "https://shop.example",
    });
  });

  it("takes YAML as it is, comments and all", async () => {
    const yaml = "# agreed on Monday\nname: Shop\nsource: { kind: rest, docs: [https://a.example/o.json] }";
    await propose(yaml);
    expect(await readFile(join(directory, "shop.yaml"), "utf8")).toBe(`${yaml}\n`);
  });

  it("says what a REST source still has to be told", async () => {
    const { text } = await propose({
      name: "Shop",
      source: { kind: "rest", docs: ["notes.md"], auth: { kind: "bearer", token: "${env:UNSET}" } },
    });
    expect(text).toMatch(/source\.base_url/);
    expect(text).toMatch(/tables:/);
    expect(text).toMatch(/destination\.name/);
    expect(text).toMatch(/there is no file .*notes\.md/);
    expect(text).toMatch(/UNSET is not set/);
    const { text: stated } = await propose({
      name: "Bare",
      source: { kind: "rest", base_url: "https://a.example" },
      tables: [{ name: "orders", path: "/orders" }],
    });
    expect(stated).toMatch(/source\.auth/);
    expect(stated).toMatch(/table orders: primary_key/);
    expect(stated).toMatch(/table orders: pagination/);
  });

  it("finds a local document beside the person, and does not take the spec itself for one", async () => {
    const workspace = desk.workingDirectory;
    await writeFile(join(workspace, "shop.yaml"), "openapi: 3.0.0\n");
    const { text } = await propose({ ...SHOP, name: "Shop", source: { ...SHOP.source, docs: ["./shop.yaml"] } });
    expect(text).toContain(`write ${join(workspace, "shop.yaml")} instead`);
  });

  it("looks for a database's file and a folder where the spec lies, and finds them beside the person", async () => {
    await writeFile(join(desk.workingDirectory, "shop.db"), "");
    const database = { name: "Shop", source: { kind: "database", engine: "sqlite", path: "shop.db" } };
    expect((await propose(database)).text).toContain(
      `source.path: shop.db is looked for in ${directory} and is not there; write ${join(desk.workingDirectory, "shop.db")} instead`,
    );
    const files = { name: "Files", source: { kind: "file", store: "local", path: "deliveries" } };
    expect((await propose(files)).text).toContain(`source.path: there is no file ${join(directory, "deliveries")}`);
    const sftp = {
      store: "sftp",
      host: "files.example.com",
      user: "reader",
      path: "deliveries",
      host_key: "ssh-ed25519 AAAA",
    };
    const remote = { name: "Sent", source: { kind: "file", ...sftp, password: "${env:SET}" } };
    expect((await propose(remote)).text).not.toContain("source.path");
  });

  it.each([
    ["an unknown key", { ...SHOP, tabels: ["a"] }, /tabels.*Did you mean tables/s],
    [
      "a kind that does not exist",
      { ...SHOP, source: { ...SHOP.source, kind: "soap" } },
      /rest, graphql, database, file/,
    ],
    ["a target that does not exist", { ...SHOP, target: "airbyte" }, /fivetran, lakeflow, both/],
    [
      "a database without a host",
      { ...SHOP, source: { kind: "database", engine: "mysql" } },
      /source\.host.*host: db/s,
    ],
    [
      "a table that states what is of another kind",
      { ...SHOP, source: { kind: "file", path: "." }, tables: [{ name: "a", path: "/a" }] },
      /states path, which is for rest sources.*pattern/s,
    ],
    [
      "a way to advance that the kind does not know",
      { ...SHOP, tables: [{ name: "a", path: "/a", incremental: { kind: "column", column: "b" } }] },
      /incremental column.*full, cursor, steps/s,
    ],
    ["no YAML", "name: [a\n b: {", /not YAML/],
    ["a name without a letter", { ...SHOP, name: "!!!" }, /letter/],
  ])("refuses %s with what to do instead, and writes nothing", async (_, spec, message) => {
    await expect(propose(spec)).rejects.toThrow(message);
    await expect(readFile(join(directory, "my_shop.yaml"))).rejects.toThrow("ENOENT");
  });

  const secret = "s3cr3t-value-9";
  const withAuth = (auth: object) => ({ ...SHOP, source: { ...SHOP.source, auth } });
  const withSource = (source: object) => ({ ...SHOP, source: { ...SHOP.source, ...source } });
  it.each([
    ["a bearer token", withAuth({ kind: "bearer", token: secret })],
    ["an API key", withAuth({ kind: "api_key", in: "header", name: "X-Key", value: secret })],
    ["a password", withAuth({ kind: "basic", username: "me", password: secret })],
    [
      "a token in YAML that is wrong elsewhere",
      `name: x\nsource:\n  kind: soap\n  auth: { kind: bearer, token: ${secret} }\n`,
    ],
    ["a token in text that is no YAML", `source: [a\n  auth: { kind: bearer, token: ${secret} }\n`],
    ["a header", withSource({ headers: { Authorization: `Bearer ${secret}` } })],
    ["a password in an address", withSource({ base_url: `https://me:${secret}@shop.example` })],
    ["a key in a document's address", withSource({ docs: [`https://a.example/o.json?api_key=${secret}`] })],
    [
      "a table's parameter",
      { ...SHOP, tables: [{ name: "orders", path: "/orders", params: { access_token: secret } }] },
    ],
  ])("refuses %s in plain text without saying it", async (_, spec) => {
    const message = await refusal(spec);
    expect(message).not.toContain(secret);
    await expect(readFile(join(directory, "my_shop.yaml"))).rejects.toThrow("ENOENT");
  });

  it("from then on shows such a value to nobody, and nothing else is blanked out", async () => {
    await refusal(withAuth({ kind: "bearer", token: secret }));
    expect(redactor.redact(`auth: kind: bearer, token: ${secret}`)).toBe("auth: kind: bearer, token: ****");
  });

  it("lets parameters be that only sound like credentials", async () => {
    const params = { page_token: "start-here", next_token: "first-page" };
    const { text } = await propose({ ...SHOP, tables: [{ name: "orders", path: "/orders", params }] });
    expect(text).toContain("is valid");
  });

  it("overwrites its own spec unasked", async () => {
    await propose(SHOP);
    await propose({ ...SHOP, tables: ["orders", "items"] });
    expect(asked).toEqual([]);
    expect((await loadSpec(join(directory, "my_shop.yaml"))).spec.tables).toEqual(["orders", "items"]);
  });

  describe("a spec that a person wrote", () => {
    const path = () => join(directory, "my_shop.yaml");
    beforeEach(async () => {
      await mkdir(directory, { recursive: true });
      await writeFile(path(), "name: mine\n");
    });

    it("stays when they say no", async () => {
      expect(await refusal(SHOP)).toMatch(/^Overwriting was refused/);
      expect(await readFile(path(), "utf8")).toBe("name: mine\n");
      expect(asked[0]?.lines.join("\n")).toContain("-name: mine");
    });

    it("is overwritten when they say yes", async () => {
      yes = true;
      await propose(SHOP);
      expect(await readFile(path(), "utf8")).toContain("name: My Shop");
    });

    it("stays when it changed while they were asked", async () => {
      yes = true;
      whileAsked = () => writeFile(path(), "name: mine, edited\n");
      expect(await refusal(SHOP)).toContain("changed while");
      expect(await readFile(path(), "utf8")).toBe("name: mine, edited\n");
    });

    it("counts as theirs again once they edited one that was written here", async () => {
      yes = true;
      await propose(SHOP);
      await writeFile(path(), `${await readFile(path(), "utf8")}# by hand\n`);
      yes = false;
      expect(await refusal({ ...SHOP, tables: ["a"] })).toMatch(/refused/);
      expect(asked).toHaveLength(2);
    });
  });
});
