/**
 * A stand-in for a GraphQL source: a real GraphQL server on loopback, whose schema is made of the blueprint and whose rows
 * of a seed. It knows only the blueprint, never the connector, and it is stricter than most sources: unknown arguments,
 * foreign cursors and malformed values are refused, so that a connector's mistakes show. Rate limits are not enforced.
 */
import { createHash } from "node:crypto";
import {
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { type Blueprint, type BlueprintOf, blueprintOf, type TableOf } from "../../../artifacts/blueprint.ts";
import { isRecord, parseExactly } from "../../answers/exact.ts";
import { createGate, type Gate } from "../../http/simulate/auth.ts";
import { makeChange, stateOf } from "../../http/simulate/changes.ts";
import { makeConfiguration } from "../../http/simulate/configuration.ts";
import { type Corpus, truthRow } from "../../http/simulate/corpus.ts";
import { createDrift } from "../../http/simulate/drift.ts";
import type { Exact } from "../../http/simulate/exact.ts";
import { type Answer, type Asked, Refusal } from "../../http/simulate/exchange.ts";
import { makeCorpus } from "../../http/simulate/first-rows.ts";
import { createClock, createMeanwhile, type Meanwhile } from "../../http/simulate/living.ts";
import { makePlans } from "../../http/simulate/plan.ts";
import { startJsonServer } from "../../http/simulate/server.ts";
import type { Json } from "../../record.ts";
import type { Drift, Simulator } from "../../simulator.ts";
import { flattened } from "./inputs.ts";
import { corpusOutline } from "./outline.ts";
import { type Context, createSchema, TABLE_OF_FIELD } from "./schema.ts";

export interface SimulateOptions {
  seed: number;
  port?: number;
  /** The time it is; two stand-ins with the same are alike. */
  now?: Date;
  /** Seconds that tokens and sessions are good for. */
  tokenSeconds?: number;
  /** So many times the rows, default 1. */
  scale?: number;
}

type Table = TableOf<"graphql">;
const TOKEN_SECONDS = 300;
/** Fields are asked for by their names: none is more or less than was asked for, and an object would have to be asked for anew. */
const FORMS: readonly Drift[] = ["null", "changed-type", "unicode", "big-integer", "decimal"];

/**
 * Serves the blueprint until closed. Throws `UserError` when the blueprint contradicts itself, or the port is taken.
 *
 * Of a table whose deletes do not show (`none`), `truth` drops deleted rows although no destination can know: whoever
 * compares has to leave out the keys in `deleted`.
 */
export async function simulateGraphql(given: Blueprint, options: SimulateOptions): Promise<Simulator> {
  const blueprint = blueprintOf(given, "graphql");
  // Fields are asked for by name, so that none is absent.
  const plans = makePlans(corpusOutline(blueprint), BigInt(options.now?.getTime() ?? Date.now()) * 1000n, false);
  const corpus = makeCorpus(plans, options.seed, options.scale);
  const configuration = makeConfiguration(blueprint, options.seed);
  const gate = createGate(blueprint, {
    configuration,
    seed: options.seed,
    tokenSeconds: options.tokenSeconds ?? TOKEN_SECONDS,
    now: () => performance.now(),
  });
  const denied = new Map<string, number>();
  const salt = createHash("sha256").update(`${blueprint.name}\0${options.seed}`).digest("hex");
  const clock = createClock(options.now);
  const meanwhile = createMeanwhile(corpus, clock);
  const serving = { blueprint, corpus, gate, denied, meanwhile, salt, schema: createSchema(blueprint, corpus) };
  const server = await startJsonServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    answer: (asked) => answer(asked, serving),
    clock: clock.now,
    hide: (name) => name === gate.queryName,
  });
  const baseUrl = `${server.origin}${new URL(blueprint.source.base_url).pathname.replace(/\/$/, "")}`;
  return {
    baseUrl,
    proxied: true,
    configuration: { ...configuration, base_url: baseUrl },
    truth: (table) =>
      stateOf(corpus, table)
        .rows.filter((row) => !row.flagged)
        .map(truthRow),
    deleted: (table) => structuredClone(stateOf(corpus, table).deleted),
    change: (change) => makeChange(corpus, change),
    ...createDrift(corpus, FORMS),
    meanwhile: meanwhile.set,
    requests: server.requests,
    deny: (table, status) => {
      stateOf(corpus, table);
      if (status === undefined) denied.delete(table);
      else denied.set(table, status);
    },
    ...(gate.expireTokens === undefined ? {} : { expireTokens: gate.expireTokens }),
    close: server.close,
  };
}

interface Serving {
  blueprint: BlueprintOf<"graphql">;
  corpus: Corpus;
  gate: Gate;
  denied: ReadonlyMap<string, number>;
  meanwhile: Meanwhile;
  salt: string;
  schema: GraphQLSchema;
}

/** Who asks comes first, as at real sources: strangers do not learn what there is. */
function answer(asked: Asked, serving: Serving): Answer {
  const issued = serving.gate.issue(asked);
  if (issued !== undefined) return issued;
  try {
    serving.gate.admit(asked);
    checkRequest(asked, serving);
    return answerQuery(asked, serving);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const body = { errors: [{ message: error.message, extensions: { code: error.code.toUpperCase() } }] };
    return { status: error.status, headers: error.headers, body };
  }
}

function checkRequest(asked: Asked, { blueprint }: Serving): void {
  const path = new URL(blueprint.source.base_url).pathname.replace(/\/$/, "");
  if (asked.path.replace(/\/$/, "") !== path)
    throw new Refusal(404, { code: "not_found", message: `There is nothing at ${asked.path}.` });
  if (asked.method !== "POST") {
    throw new Refusal(405, {
      code: "method_not_allowed",
      message: "Only POST is allowed here.",
      headers: { allow: "POST" },
    });
  }
  const type = (asked.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json")
    throw new Refusal(415, { code: "bad_request", message: "The body must be application/json." });
  for (const [name, value] of Object.entries(blueprint.source.headers)) {
    if (asked.headers[name.toLowerCase()] !== value) {
      throw new Refusal(400, { code: "missing_header", message: `The header ${name} must be ${value}.` });
    }
  }
}

function answerQuery(asked: Asked, serving: Serving): Answer {
  const { query, variables } = queryOf(asked);
  const document = parsed(query);
  const mistakes = validate(serving.schema, document);
  if (mistakes.length > 0) return { status: 400, body: { errors: mistakes.map(shown) } };
  const tables = tablesOf(document, serving.schema);
  const table = tables.at(-1);
  const about =
    table === undefined
      ? {}
      : { table: table.name, seen: { path: fieldOf(table, serving.blueprint), query: pairs(variables) } };
  const status = tables.map(({ name }) => serving.denied.get(name)).find((one) => one !== undefined);
  if (status !== undefined && ![401, 403, 429].includes(status)) {
    return { status, body: { errors: [{ message: "The table is not open to you." }] }, ...about };
  }
  if (status === 429) {
    return {
      status: 200,
      body: { data: null, errors: [{ message: "Too much at once.", extensions: { code: "THROTTLED" } }] },
      ...about,
    };
  }
  serving.meanwhile.strike(table?.name);
  return { ...executed(document, variables, { serving, table }), ...about };
}

interface Executing {
  serving: Serving;
  table: Table | undefined;
}

/** Errors come with status 200, beside the data there is, as the specification has it. */
function executed(document: DocumentNode, variables: { [name: string]: Json }, { serving, table }: Executing): Answer {
  const problems: GraphQLError[] = [];
  let records = 0;
  const contextValue: Context = {
    corpus: serving.corpus,
    salt: serving.salt,
    gave: (listed, page) => {
      if (listed === table) records += page.rows.length;
    },
    denied: (listed, path) => {
      if (!serving.denied.has(listed.name)) return false;
      problems.push(
        new GraphQLError("Not all of this list is open to you.", { path, extensions: { code: "FORBIDDEN" } }),
      );
      return true;
    },
  };
  const result = execute({ schema: serving.schema, document, variableValues: variables, contextValue });
  if (result instanceof Promise) throw new Error("a resolver of the stand-in is asynchronous");
  const errors = [...problems, ...(result.errors ?? [])];
  const body: Exact = {
    data: (result.data ?? null) as Exact,
    ...(errors.length === 0 ? {} : { errors: errors.map(shown) }),
  };
  return { status: 200, body, records };
}

function queryOf(asked: Asked): { query: string; variables: { [name: string]: Json } } {
  const body = parseExactly(asked.body);
  if (!isRecord(body) || typeof body.query !== "string") {
    throw new Refusal(400, { code: "bad_request", message: "The body must be an object with a query." });
  }
  return { query: body.query, variables: isRecord(body.variables) ? body.variables : {} };
}

function parsed(query: string): DocumentNode {
  try {
    return parse(query);
  } catch (cause) {
    if (!(cause instanceof GraphQLError)) throw cause;
    throw new Refusal(400, { code: "graphql_parse_failed", message: cause.message });
  }
}

/** The tables whose lists a query asks for, in the order they are met: what is inside comes after what is around it. */
function tablesOf(document: DocumentNode, schema: GraphQLSchema): Table[] {
  const info = new TypeInfo(schema);
  const tables: Table[] = [];
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: () => {
        const table = info.getFieldDef()?.extensions[TABLE_OF_FIELD];
        if (table !== undefined) tables.push(table as Table);
      },
    }),
  );
  return tables;
}

/** `orders`, `orders.lineItems`. */
function fieldOf(table: Table, { tables }: BlueprintOf<"graphql">): string {
  const parent = tables.find(({ name }) => name === table.read.parent?.table);
  return parent === undefined
    ? table.read.field
    : `${fieldOf(parent, { tables } as BlueprintOf<"graphql">)}.${table.read.field}`;
}

function pairs(variables: { [name: string]: Json }): [string, string][] {
  return flattened(variables).map(([name, value]) => [name, typeof value === "string" ? value : String(value)]);
}

function shown(error: GraphQLError): Exact {
  const { message, path, extensions } = error;
  return {
    message,
    ...(path === undefined ? {} : { path: [...path] }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions: extensions as Exact }),
  };
}
