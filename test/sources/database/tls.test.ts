/**
 * Encrypted connections to real servers whose certificate no public authority vouches for: what each mode lets through,
 * and what is said of what it does not. A view tells how its own reader is connected: a row of it at the destination came
 * through what it says.
 */
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { databaseSource } from "../../../src/sources/database/database.ts";
import { type DatabaseServer, startMysql, startPostgres, whyNoServer } from "../../support/database-servers.ts";
import { syncBoth } from "../../support/sync-both.ts";
import { describeSpec } from "./fixtures.ts";
import { readByConnector } from "./read-by-connector.ts";

type Values = Record<string, string>;

const pathOf = (name: string) => fileURLToPath(new URL(`certificates/${name}`, import.meta.url));
const authority = await readFile(pathOf("authority.pem"), "utf8");
const otherAuthority = await readFile(pathOf("other-authority.pem"), "utf8");
const signal = new AbortController().signal;
const noPostgres = await whyNoServer("postgresql");
const noMysql = await whyNoServer("mysql");

/** The reference is never followed here: the tests give the values themselves. */
const TRUSTED = { tls: "verify", tls_ca: "the certificate" };

/** A connector for the table of a server that tells how it is spoken to. */
async function described(engine: string, tls: Values, configuration: Values): Promise<Blueprint> {
  const source = { engine, host: "127.0.0.1", user: "reader", ...tls };
  return (await describeSpec({ source, tables: ["spoken"] }, configuration)).blueprint;
}

async function independently(blueprint: Blueprint, configuration: Values) {
  const rows = [];
  for await (const row of databaseSource.read(blueprint, "spoken", { configuration, signal })) rows.push(row);
  return rows;
}

/** What both readers say of a connection that they do not get: the connector first. */
async function refusals(blueprint: Blueprint, configuration: Values): Promise<[connector: string, own: string]> {
  const refused = async (reading: Promise<unknown>) =>
    reading.then(
      (rows) => `NOT REFUSED: ${JSON.stringify(rows)}`,
      (error: { stderr?: string; message: string; hint?: string }) =>
        error.stderr?.trim().split("\n").at(-1) ?? `${error.message} ${error.hint ?? ""}`,
    );
  return [
    await refused(readByConnector(blueprint, configuration, "spoken")),
    await refused(independently(blueprint, configuration)),
  ];
}

/** What holds for every server. `given` reads over TLS with a certificate for 127.0.0.1. */
function holds(engine: string, given: () => Values): void {
  const values = (more: Values): Values => ({ ...given(), ...more });

  const encrypted = [{ cipher: expect.stringMatching(/^(TLS_|ECDHE)/) }];
  let open: Blueprint;
  let trusting: Blueprint;
  beforeAll(async () => {
    open = await described(engine, { tls: "verify" }, values({ tls: "require" }));
    trusting = await described(engine, TRUSTED, values({ tls: "verify", tls_ca: authority }));
  });

  it("require takes any certificate, and encrypts", async () => {
    expect(await readByConnector(open, values({ tls: "require" }), "spoken")).toEqual(encrypted);
    expect(await independently(open, values({ tls: "require" }))).toEqual(encrypted);
  });

  it("verify refuses a certificate that no public authority signed, and says what to do", async () => {
    const [connector, own] = await refusals(open, values({ tls: "verify" }));
    expect(connector).toContain("no public authority vouches for the server: have the connector built with");
    expect(own).toMatch(/gives no secure connection: .*tls_ca under source, a reference to a file/s);
  });

  it("verify takes a certificate that the given authority signed, in connectors for both targets", async () => {
    const configuration = values({ tls: "verify", tls_ca: authority });
    expect(trusting.configuration.find(({ key }) => key === "tls_ca")).toMatchObject({ required: true, secret: false });
    for (const { result, rows, differences } of await syncBoth(trusting, configuration)) {
      expect(result).toMatchObject({ status: "succeeded" });
      expect(differences).toEqual([]);
      expect(await rows("spoken", "cipher")).toEqual([expect.objectContaining(encrypted[0] ?? {})]);
    }
  });

  it("verify refuses what another authority signed, and a text that is no certificate", async () => {
    const [connector, own] = await refusals(trusting, values({ tls: "verify", tls_ca: otherAuthority }));
    expect(connector).toContain("check that the configuration's 'tls_ca' is the certificate of the authority");
    expect(own).toContain("Check that tls_ca under source is the certificate of the authority");
    const oneLine = authority.replaceAll("\n", " ");
    const [broken, ownBroken] = await refusals(trusting, values({ tls: "verify", tls_ca: oneLine }));
    expect(broken).toContain("'tls_ca' is no certificate in PEM; it needs its line breaks");
    expect(ownBroken).toContain("tls_ca under source is no certificate in PEM");
  });
}

describe.skipIf(noPostgres !== undefined)(
  `TLS, PostgreSQL${noPostgres === undefined ? "" : `: skipped, ${noPostgres}`}`,
  () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await startPostgres();
      await server.execute([
        "CREATE VIEW spoken AS SELECT cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        "GRANT SELECT ON spoken TO reader",
      ]);
    }, 60_000);
    afterAll(() => server.close());

    it("require refuses a server without TLS", async () => {
      const blueprint = await described("postgresql", { tls: "verify" }, server.configuration);
      const [connector, own] = await refusals(blueprint, { ...server.configuration, tls: "require" });
      expect(connector).toMatch(/have TLS switched on at the server.* does not support SSL/);
      expect(own).toMatch(/gives no secure connection: .* Have TLS switched on at the server/);
    });

    describe("that has it", () => {
      beforeAll(() => server.secure?.(pathOf("server.pem"), pathOf("server.key")));
      holds("postgresql", () => server.configuration);
    });

    describe("whose certificate is for another name", () => {
      beforeAll(() => server.secure?.(pathOf("elsewhere.pem"), pathOf("elsewhere.key")));
      it("is refused by verify", async () => {
        const configuration = { ...server.configuration, tls: "require" };
        const blueprint = await described("postgresql", TRUSTED, { ...configuration, tls_ca: authority });
        const both = await refusals(blueprint, { ...configuration, tls: "verify", tls_ca: authority });
        expect(both[0]).toContain("set the configuration's 'host' to a name in the server's certificate");
        expect(both[1]).toContain("Set host under source to a name that is in the server's certificate");
      });
    });
  },
);

describe.skipIf(noMysql !== undefined)(`TLS, MariaDB${noMysql === undefined ? "" : `: skipped, ${noMysql}`}`, () => {
  let server: DatabaseServer;
  beforeAll(async () => {
    server = await startMysql([`--ssl-cert=${pathOf("server.pem")}`, `--ssl-key=${pathOf("server.key")}`]);
    await server.execute([
      "CREATE VIEW spoken AS SELECT variable_value AS cipher FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'",
      "GRANT SELECT ON shop.* TO 'reader'@'127.0.0.1'",
    ]);
  }, 60_000);
  afterAll(() => server.close());
  holds("mysql", () => server.configuration);

  it("require refuses a server that says it has no TLS, even if somebody between makes it say so", async () => {
    const blueprint = await described("mysql", { tls: "off" }, server.configuration);
    const between = await startWithoutTls(Number(server.configuration.port));
    const port = String((between.address() as AddressInfo).port);
    const [connector, own] = await refusals(blueprint, { ...server.configuration, port, tls: "require" });
    between.close();
    expect(connector).toContain("have TLS switched on at the server");
    expect(own).toMatch(/gives no secure connection: .* Have TLS switched on at the server/);
  });
});

/** The bit of a MySQL server's greeting that says that it can do TLS. */
const CLIENT_SSL = 0x08;

/** A door before a MySQL server that takes the word TLS out of its greeting. */
async function startWithoutTls(port: number): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    upstream.once("data", (greeting: Buffer) => {
      const version = greeting.indexOf(0, 5);
      // Behind the version: number of the connection (4), scramble (8), a zero (1), capabilities, the low bytes first.
      const capabilities = version + 1 + 4 + 8 + 1;
      greeting.writeUInt8(greeting.readUInt8(capabilities + 1) & ~CLIENT_SSL, capabilities + 1);
      client.write(greeting);
      upstream.pipe(client);
    });
    client.pipe(upstream);
    for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
