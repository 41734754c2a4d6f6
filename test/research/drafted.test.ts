/** What programs drafted passes the gate of research by itself: a model would be asked for words that a schema does not have. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { specSchema } from "../../src/artifacts/spec.ts";
import { bearingProblem } from "../../src/research/bearing.ts";
import { researchProblems } from "../../src/research/gate.ts";
import { adopted, openNotebook } from "../../src/research/notebook.ts";
import { databaseSource } from "../../src/sources/database/database.ts";
import { fileSource } from "../../src/sources/file/file.ts";
import { graphqlSource } from "../../src/sources/graphql/graphql.ts";
import type { SourceKind } from "../../src/sources/kind.ts";
import { http } from "../../src/system/http.ts";
import { FIXTURES } from "../sources/graphql/fixture.ts";
import { makeLibraryDatabase } from "../support/library-database.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { evidence } from "./bearing-fixture.ts";

const now = () => new Date("2026-01-02T03:04:05Z");

async function drafted(kind: SourceKind, source: Record<string, unknown>) {
  const directory = await temporaryDirectory();
  const spec = specSchema.parse({ name: "Drafted", source: { kind: kind.kind, ...source } });
  const requirements = { version: 1 as const, name: "drafted", spec, spec_address: join(directory, "spec.yaml") };
  const { path } = source as { path?: string };
  const context = { http, baseDirectory: FIXTURES, now, signal: new AbortController().signal };
  const configuration: Record<string, string> = path === undefined ? {} : { path };
  const description = await kind.describe(requirements, { ...context, configuration });
  const notebook = await openNotebook(join(directory, ".syncsmith"), { now });
  await notebook.adopt(adopted(description));
  return { notebook, requirements, proposal: adopted(description).proposal };
}

describe("a draft passes the gate", () => {
  it.each(["depot", "forge", "shop", "tracker", "library"])("of the GraphQL schema %s", async (name) => {
    const auth = { kind: "bearer", token: "${env:EXAMPLE_TOKEN}" };
    const source = { base_url: "https://api.example.com/graphql", auth, docs: [`${name}.graphql`] };
    const { notebook, requirements } = await drafted(graphqlSource, source);
    expect(await researchProblems(notebook, requirements)).toEqual([]);
  });

  it("of a database, also where tables are read whole and have no key", async () => {
    const path = join(await temporaryDirectory(), "library.db");
    await makeLibraryDatabase(path);
    const { notebook, requirements, proposal } = await drafted(databaseSource, { engine: "sqlite", path });
    expect(proposal.tables.map(({ name }) => name)).toEqual(["current_members", "loans", "members", "visits"]);
    expect(await researchProblems(notebook, requirements)).toEqual([]);
    // The entry of another table says nothing of this one, and no column says that another one marks deleted rows.
    const about = (key: string, quotation: string) =>
      bearingProblem(proposal, key, { evidence: [evidence("E1", quotation)], findings: [] });
    expect(about("tables.loans.deletes", "TABLE loans")).toBeUndefined();
    expect(about("tables.loans.deletes", "TABLE visits\n  at DATETIME")).toContain("not about it");
    expect(about("tables.members.deletes", "deleted_at DATETIME")).toBeUndefined();
    expect(about("tables.members.deletes", "TABLE members\n  name TEXT")).toContain("not about it");
    expect(about("tables.members.advance", "TABLE members\n  name TEXT")).toContain("not about it");
  });

  it("of a folder of files", async () => {
    const path = join(await temporaryDirectory(), "files");
    await mkdir(path);
    for (const month of ["01", "02"]) {
      await writeFile(join(path, `loans_2024-${month}.csv`), `loan_id,member\n${month}1,Ann\n${month}2,Bob\n`);
    }
    const { notebook, requirements } = await drafted(fileSource, { store: "local", path });
    expect(await researchProblems(notebook, requirements)).toEqual([]);
  });
});
