/** Drafts the blueprint of a database from its catalogue and its rows, or from a file of DDL. */
import { extname } from "node:path";
import { type Blueprint, blueprintSchema, claimKey, requiredClaims } from "../../../artifacts/blueprint.ts";
import type { DatabaseSource } from "../../../artifacts/kinds/database.ts";
import type { Requirements } from "../../../artifacts/requirements.ts";
import type { Spec } from "../../../artifacts/spec.ts";
import { UserError } from "../../../errors.ts";
import { readText } from "../../http/describe/read-text.ts";
import type { DescribeContext, Description } from "../../kind.ts";
import { configurationOf, ENGINE_NAMES } from "../complete.ts";
import { openSession, type Session } from "../live/session.ts";
import { type Catalogue, cataloguePage } from "./catalogue.ts";
import { chooseTables } from "./choose.ts";
import { postgresqlFromDdl, sqliteFromDdl } from "./ddl.ts";
import { draftTable } from "./draft-table.ts";
import { createEvidenceBook, documented, type EvidenceBook } from "./evidence.ts";
import { mysqlCatalogue } from "./mysql.ts";
import { postgresqlCatalogue } from "./postgresql.ts";
import { sqliteCatalogue } from "./sqlite.ts";
import { statedCatalogue } from "./stated.ts";

type SpecSource = Extract<Spec["source"], { kind: "database" }>;

/**
 * Throws `UserError` when there is no connection and no DDL, when nothing can be read, or when the spec does not fit what
 * the catalogue has.
 */
export async function describeDatabase(requirements: Requirements, context: DescribeContext): Promise<Description> {
  const { spec } = requirements;
  if (spec.source.kind !== "database")
    throw new Error(`the spec's source is of kind ${spec.source.kind}, not database`);
  const source = sourceOf(spec.source, context);
  const ddl = await ddlOf(spec.source, context);
  if (ddl !== undefined || source.engine === "sqlserver") {
    const catalogue = ddl === undefined ? statedCatalogue(requirements) : await fromDdl(spec.source, ddl);
    const address = ddl?.address ?? requirements.spec_address;
    return draft(requirements, { source, catalogue, address, session: undefined, now: context.now() });
  }
  const session = await openSession({ source, configuration: context.configuration ?? {}, signal: context.signal });
  try {
    const catalogue = await catalogueOf(session, spec.source);
    return await draft(requirements, {
      source,
      catalogue,
      address: addressOf(source, context),
      session,
      now: context.now(),
    });
  } finally {
    await session.close();
  }
}

/** What stands in the blueprint is a default of the configuration; who reads is never in it. */
function sourceOf(source: SpecSource, { configuration = {} }: DescribeContext): DatabaseSource {
  const { engine } = source;
  if (engine === "sqlite") return { kind: "database", engine, tls: "off" };
  const looks = engine === "sqlserver" ? source.tls !== "off" : (source.tls ?? "verify") === "verify";
  if (source.tls_ca !== undefined && !looks) {
    throw new UserError(`tls_ca is given under source, but with tls: ${source.tls} no certificate is looked at.`, {
      hint: "Write tls: verify, or leave tls_ca out.",
    });
  }
  const host = configuration.host ?? source.host;
  const database = configuration.database ?? source.database;
  // A reference that was not resolved is no host.
  const plain = (value: string | undefined) => (value === undefined || value.includes("${") ? undefined : value);
  return {
    kind: "database",
    engine,
    ...(plain(host) === undefined ? {} : { host: plain(host) }),
    ...(source.port === undefined ? {} : { port: source.port }),
    ...(plain(database) === undefined ? {} : { database: plain(database) }),
    tls: source.tls ?? "verify",
    ...(source.tls_ca === undefined ? {} : { own_authority: true as const }),
  };
}

function addressOf(source: DatabaseSource, { configuration = {} }: DescribeContext): string {
  if (source.engine === "sqlite") return `sqlite:${configuration.path ?? ""}`;
  return `${source.engine}://${source.host ?? ""}${source.port === undefined ? "" : `:${source.port}`}/${source.database ?? ""}`;
}

async function catalogueOf(session: Session, { engine, schemas }: SpecSource): Promise<Catalogue> {
  if (engine === "postgresql") return postgresqlCatalogue((sql) => session.rows(sql), schemas);
  return engine === "mysql" ? mysqlCatalogue(session) : sqliteCatalogue(session);
}

interface Ddl {
  address: string;
  text: string;
}

/** The first of `docs` that is a file of SQL. */
async function ddlOf({ docs, engine }: SpecSource, context: DescribeContext): Promise<Ddl | undefined> {
  const address = docs.find((doc) => extname(doc.split(/[?#]/)[0] ?? "").toLowerCase() === ".sql");
  if (address === undefined) return undefined;
  if (engine !== "postgresql" && engine !== "sqlite") {
    throw new UserError(`${address} is DDL for ${ENGINE_NAMES[engine]}, which cannot be loaded from here.`, {
      hint: "Give host, database, user and password of the database itself, so that its catalogue can be read.",
    });
  }
  const { text } = await readText(address, context);
  return { address, text };
}

function fromDdl({ engine, schemas }: SpecSource, { text }: Ddl): Promise<Catalogue> {
  return engine === "sqlite" ? sqliteFromDdl(text) : postgresqlFromDdl(text, schemas);
}

interface Drafting {
  source: DatabaseSource;
  catalogue: Catalogue;
  address: string;
  session: Session | undefined;
  now: Date;
}

async function draft(requirements: Requirements, drafting: Drafting): Promise<Description> {
  const { source, catalogue, session } = drafting;
  const { spec } = requirements;
  const book = createEvidenceBook(
    requirements,
    { address: drafting.address, text: cataloguePage(catalogue) },
    drafting.now,
  );
  const { chosen, skipped } = chooseTables(catalogue, requirements);
  if (chosen.length === 0) throw nothingToRead(skipped);
  const claims: Blueprint["claims"] = { [claimKey("connection")]: connectionClaim(book, catalogue, spec) };
  const tables: Blueprint["tables"] = [];
  for (const one of chosen) {
    const drafted = await draftTable(one, { engine: source.engine, book, session, incremental: spec.incremental });
    tables.push(drafted.table);
    Object.assign(claims, drafted.claims);
    skipped.push(...drafted.skipped);
  }
  const blueprint = blueprintSchema.parse({
    version: 1,
    name: requirements.name,
    title: spec.name,
    description: `Tables of ${catalogue.version}.`,
    source,
    configuration: configurationOf(source),
    tables,
    skipped,
    claims,
  });
  const missing = requiredClaims(blueprint).filter((key) => blueprint.claims[key] === undefined);
  if (missing.length > 0) throw new Error(`claims are missing: ${missing.join(", ")}`);
  return { blueprint, evidence: book.evidence, pages: book.pages };
}

function connectionClaim(book: EvidenceBook, catalogue: Catalogue, { source }: Spec) {
  return documented([book.catalogue([catalogue.version]), book.spec("/source", source)]);
}

function nothingToRead(skipped: readonly { name: string; reason: string }[]): UserError {
  const shown = skipped.slice(0, 5).map(({ name, reason }) => `${name}: ${reason}`);
  return new UserError(
    `The database shows this user no table that can be read${shown.length === 0 ? "" : ` (${shown.join(" · ")})`}.`,
    {
      hint: "Grant the user SELECT on the tables, and check database and schemas under source.",
    },
  );
}
