/**
 * SQL Server: no server of this kind can be had here, so nothing is read and the label of its connectors stays "not run".
 * What can be shown is: that they lint and pass their own tests, and whom their driver gives a password to.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { ensurePythonEnv, pythonParts } from "../../../src/system/python-env.ts";
import { type ClientSession, openClientSession } from "../../support/client-session.ts";
import { writeGenerated } from "../../support/prove-generated.ts";
import { type Encryption, startTdsServer } from "../../support/tds-server.ts";
import { verifies } from "../../support/verifies.ts";
import { describeSpec } from "./fixtures.ts";

const certificate = (name: string) => readFile(fileURLToPath(new URL(`certificates/${name}`, import.meta.url)), "utf8");

async function ledger(more: Record<string, string>): Promise<Blueprint> {
  const source = { engine: "sqlserver", host: "db.example", database: "ledger", user: "reader", ...more };
  const postings = {
    name: "postings",
    schema: "dbo",
    primary_key: ["id"],
    columns: { id: "bigint", amount: "decimal", booked: "timestamp", updated_at: "timestamp" },
    incremental: { kind: "column", column: "updated_at", lookback: 300 },
  };
  return (await describeSpec({ source, tables: [postings] })).blueprint;
}

const OWN = { tls_ca: "the certificate" };

describe(verifies("sqlserver.linted", "a connector"), () => {
  it.each([
    { authority: "public", more: {}, target: "fivetran" as const },
    { authority: "own", more: OWN, target: "lakeflow" as const },
  ])(
    "of a server with $authority authority has no finding of lint for $target, and passes its tests",
    async (one) => {
      const { python } = await ensurePythonEnv({ parts: pythonParts("database") });
      const { directory, targets } = await writeGenerated({ blueprint: await ledger(one.more), target: one.target });
      expect((await targets.lint(directory)).filter(({ severity }) => severity === "blocker")).toEqual([]);
      const requirements = await readFile(`${directory}/requirements.txt`, "utf8");
      expect(requirements).toMatch(/^python-tds==/m);
      expect(requirements).toMatch(/^pyOpenSSL==/m);
      const ran = await execa(python, ["-m", "unittest", "discover", "-s", "tests", "-p", "test_reading.py"], {
        cwd: directory,
        reject: false,
      });
      expect(ran.stderr).toMatch(/\nOK\n?$/);
    },
    60_000,
  );
});

describe(verifies("sqlserver.linted", "the password"), () => {
  const open: { [name: string]: ClientSession } = {};
  let given: Record<string, string>;
  beforeAll(async () => {
    await expect(ledger({ ...OWN, tls: "off" })).rejects.toThrow(/tls: off no certificate is looked at/);
    expect((await ledger({ ...OWN, tls: "require" })).source).toMatchObject({ tls: "require", own_authority: true });
    given = { host: "127.0.0.1", database: "ledger", user: "reader", password: "Zq7-secret" };
    open.public = await openClientSession(await ledger({}), given);
    given = { ...given, tls_ca: await certificate("authority.pem") };
    open.own = await openClientSession(await ledger(OWN), given);
  }, 60_000);
  afterAll(() => Promise.all(Object.values(open).map((session) => session.close())));

  /** What is said of a server, and how it got the login. */
  async function asked(
    by: "public" | "own",
    server: { name?: string; encryption?: Encryption; breaks?: boolean },
    more: object,
  ) {
    const { name = "server", encryption = 1, breaks = false } = server;
    const [cert, key] = await Promise.all([certificate(`${name}.pem`), certificate(`${name}.key`)]);
    const tds = await startTdsServer({ encryption, breaks, cert, key });
    const { error } = await (open[by] as ClientSession).read("postings", {
      configuration: { port: tds.port, ...more },
    });
    await tds.close();
    expect(error).not.toContain("Zq7-secret");
    return { error, logins: tds.logins };
  }
  const REFUSED = expect.stringMatching(/check the configuration's 'user', 'password' and 'database'.* Login failed/);
  const says = (text: string) => ({ error: expect.stringContaining(text), logins: [] });
  const UNTRUSTED = says("check that the configuration's 'tls_ca' is the certificate of the authority");

  it("goes encrypted to a server that the given authority vouches for, by its address or its name", async () => {
    const taken = { error: REFUSED, logins: ["encrypted"] };
    expect(await asked("own", {}, { tls: "verify" })).toEqual(taken);
    expect(await asked("own", { encryption: 3 }, { tls: "verify" })).toEqual(taken);
    expect(await asked("own", { name: "elsewhere" }, { tls: "verify", host: "localhost" })).toEqual(taken);
  });

  it("does not go to one whose certificate is for another name, unless the name need not be right", async () => {
    const other = says("set the configuration's 'host' to a name in the server's certificate");
    expect(await asked("own", { name: "elsewhere" }, { tls: "verify" })).toEqual(other);
    // As the name in the subject, which does not count beside a list of names.
    expect(await asked("own", {}, { tls: "verify", host: "localhost" })).toEqual(other);
    const named = { error: REFUSED, logins: ["encrypted"] };
    expect(await asked("own", { name: "elsewhere" }, { tls: "require" })).toEqual(named);
  });

  it("does not go to one that nobody vouches for, whatever is configured", async () => {
    const tls_ca = await certificate("other-authority.pem");
    for (const tls of ["verify", "require"]) {
      expect(await asked("own", {}, { tls, tls_ca })).toEqual(UNTRUSTED);
      expect(await asked("public", {}, { tls })).toEqual(says("no public authority vouches for the server"));
    }
  });

  it("is given again when the line breaks in a query, and that it does not hold is said", async () => {
    const { error, logins } = await asked("own", { breaks: true }, { tls: "verify" });
    expect(logins).toEqual(["encrypted", "encrypted", "encrypted", "encrypted", "encrypted"]);
    expect(error).toMatch(/^postings: .*SSL/);
  });

  it("does not go unencrypted, unless that is configured", async () => {
    const none = says("have TLS switched on at the server");
    expect(await asked("public", { encryption: 2 }, { tls: "verify" })).toEqual(none);
    expect(await asked("public", { encryption: 2 }, { tls: "require" })).toEqual(none);
    const clear = { error: REFUSED, logins: ["clear"] };
    expect(await asked("public", { encryption: 2 }, { tls: "off" })).toEqual(clear);
    const wanted = says("set the configuration's 'tls' to 'verify'");
    expect(await asked("public", { encryption: 3 }, { tls: "off" })).toEqual(wanted);
  });
});
