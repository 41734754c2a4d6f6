/**
 * A stand-in for a REST source: a real HTTP server on loopback that serves what the blueprint says, from rows made of a
 * seed. It knows only the blueprint, never the connector, and it is stricter than most sources: unknown parameters,
 * foreign cursors and malformed values are refused, so that a connector's mistakes show. Rate limits are not enforced.
 */
import { createHash } from "node:crypto";
import type { RestBlueprint as Blueprint } from "../../../artifacts/blueprint.ts";
import { createGate, type Gate } from "../../http/simulate/auth.ts";
import { makeChange, stateOf } from "../../http/simulate/changes.ts";
import { makeConfiguration } from "../../http/simulate/configuration.ts";
import { type Corpus, truthRow } from "../../http/simulate/corpus.ts";
import { createDrift } from "../../http/simulate/drift.ts";
import { type Answer, type Asked, queryMap, Refusal } from "../../http/simulate/exchange.ts";
import { makeCorpus } from "../../http/simulate/first-rows.ts";
import { createClock, createMeanwhile, type Meanwhile } from "../../http/simulate/living.ts";
import { makePlans } from "../../http/simulate/plan.ts";
import { startJsonServer } from "../../http/simulate/server.ts";
import { DRIFTS, type Simulator } from "../../simulator.ts";
import { answerRoute } from "./listing.ts";
import { firstQuery } from "./pages.ts";
import { basePath, createRouter, type Router } from "./routes.ts";

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

const TOKEN_SECONDS = 300;

/**
 * Serves the blueprint until closed. Throws `UserError` when the blueprint contradicts itself, when nothing on one
 * address can stand in for the source, or when the port is taken.
 *
 * Of a table whose deletes do not show (`none`), `truth` drops deleted rows although no destination can know: whoever
 * compares has to leave out the keys in `deleted`.
 */
export async function simulateRest(blueprint: Blueprint, options: SimulateOptions): Promise<Simulator> {
  const corpus = makeCorpus(
    makePlans(blueprint, BigInt(options.now?.getTime() ?? Date.now()) * 1000n),
    options.seed,
    options.scale,
  );
  const router = createRouter(blueprint, corpus);
  const configuration = makeConfiguration(blueprint, options.seed);
  const gate = createGate(blueprint, {
    configuration,
    seed: options.seed,
    tokenSeconds: options.tokenSeconds ?? TOKEN_SECONDS,
    now: () => performance.now(),
  });
  const denied = new Map<string, number>();
  const clock = createClock(options.now);
  const meanwhile = createMeanwhile(corpus, clock);
  const salt = createHash("sha256").update(`${blueprint.name}\u0000${options.seed}`).digest("hex");
  const server = await startJsonServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    answer: (asked) => answer(asked, { blueprint, corpus, router, gate, denied, meanwhile, salt }),
    clock: clock.now,
    hide: (name) => name === gate.queryName,
  });
  const baseUrl = `${server.origin}${basePath(blueprint)}`;
  return {
    proxied: true,
    baseUrl,
    configuration: { ...configuration, base_url: baseUrl },
    truth: (table) =>
      stateOf(corpus, table)
        .rows.filter((row) => !row.flagged)
        .map(truthRow),
    deleted: (table) => structuredClone(stateOf(corpus, table).deleted),
    change: (change) => makeChange(corpus, change),
    ...createDrift(corpus, DRIFTS),
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

interface Context {
  blueprint: Blueprint;
  corpus: Corpus;
  router: Router;
  gate: Gate;
  denied: ReadonlyMap<string, number>;
  meanwhile: Meanwhile;
  salt: string;
}

/** Who asks comes first, as at real sources: strangers do not learn which paths there are. */
function answer(asked: Asked, context: Context): Answer {
  const { gate, denied } = context;
  const issued = gate.issue(asked);
  if (issued !== undefined) return issued;
  const inner = { ...asked, query: asked.query.filter(([name]) => name !== gate.queryName) };
  const route = findRoute(inner, context);
  const table = route?.state.plan.table.name;
  try {
    gate.admit(asked);
    if (route === undefined) {
      throw new Refusal(404, { code: "not_found", message: `There is nothing at ${asked.path}.` });
    }
    const status = denied.get(route.state.plan.table.name);
    if (status !== undefined) throw new Refusal(status, { code: "denied", message: "This table is not open to you." });
    if (asked.method !== "GET") {
      const headers = { allow: "GET" };
      throw new Refusal(405, { code: "method_not_allowed", message: "Only GET is allowed here.", headers });
    }
    checkHeaders(inner, context.blueprint);
    context.meanwhile.strike(table);
    return answerRoute(route, inner, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const body = { error: error.code, message: error.message };
    return { status: error.status, headers: error.headers, body, ...(table === undefined ? {} : { table }) };
  }
}

function findRoute(asked: Asked, context: Context): ReturnType<Router> {
  const query = queryMap(asked.query);
  const address = { origin: asked.origin, path: asked.path, salt: context.salt };
  return context.router(asked.path, (plan) => firstQuery(plan, query, address));
}

/** The blueprint says they are sent with every request, so a source may rely on them. */
function checkHeaders(asked: Asked, blueprint: Blueprint): void {
  for (const [name, value] of Object.entries(blueprint.source.headers)) {
    if (asked.headers[name.toLowerCase()] !== value) {
      throw new Refusal(400, { code: "missing_header", message: `The header ${name} must be ${value}.` });
    }
  }
}
