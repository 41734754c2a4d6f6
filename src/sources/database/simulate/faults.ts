/**
 * What can go wrong between a connector and a database server, made at the door before it. All of it is allowed to end a
 * sync: who runs connectors starts them again. But then it ends it clearly, and the next sync brings what is missing.
 */
import { createStrikes, type Strikes } from "../../http/simulate/strikes.ts";
import type { Fault, SeenRequest } from "../../simulator.ts";

/** An error as the server says it. */
export interface ServerError {
  /** SQLSTATE, and MySQL's own number for it. */
  state: string;
  number?: number;
  message: string;
}

export type Disturbance =
  | { kind: "reset" | "reset-in-rows" | "reset-between-portions" | "silent" }
  /** `connect`, `query`: what is answered to either; without it, it strikes the other only. */
  | { kind: "error"; connect?: ServerError; query?: ServerError & { closes?: true } };

export type DatabaseStrikes = Strikes<Disturbance>;

export function createDatabaseStrikes(seen: readonly SeenRequest[]): DatabaseStrikes {
  return createStrikes<Disturbance>(seen);
}

/** Whether it can happen to somebody who connects. */
export function happensToConnections(disturbance: Disturbance): boolean {
  return disturbance.kind === "reset" || (disturbance.kind === "error" && disturbance.connect !== undefined);
}

export function happensToQueries(disturbance: Disturbance): boolean {
  return disturbance.kind !== "error" || disturbance.query !== undefined;
}

/** Another connection, and the query once more. */
const AGAIN = 2;

interface Described {
  id: string;
  says: string;
  disturbance: Disturbance;
  silent?: true;
}

const RESETS: readonly Described[] = [
  { id: "connection-reset", says: "the connection breaks instead of an answer", disturbance: { kind: "reset" } },
  {
    id: "connection-reset-in-rows",
    says: "the connection breaks in the middle of the rows",
    disturbance: { kind: "reset-in-rows" },
  },
];

const SILENCE: Described = {
  id: "silent-server",
  says: "the server takes the query and never answers",
  disturbance: { kind: "silent" },
  silent: true,
};

const POSTGRESQL: readonly Described[] = [
  ...RESETS,
  {
    id: "connection-reset-between-portions",
    says: "the connection breaks when more rows of a query are fetched",
    disturbance: { kind: "reset-between-portions" },
  },
  {
    id: "server-restart",
    says: "the server restarts: it ends the connection (57P01), and a new one is told that it is starting up (57P03)",
    disturbance: {
      kind: "error",
      connect: { state: "57P03", message: "the database system is starting up" },
      query: { state: "57P01", message: "terminating connection due to administrator command", closes: true },
    },
  },
  {
    id: "too-many-connections",
    says: "the server has no connection left (53300)",
    disturbance: { kind: "error", connect: { state: "53300", message: "sorry, too many clients already" } },
  },
  {
    id: "conflict",
    says: "the query is cancelled because of a conflict with another transaction (40001)",
    disturbance: {
      kind: "error",
      query: { state: "40001", message: "canceling statement due to conflict with recovery" },
    },
  },
  {
    id: "query-cancelled",
    says: "somebody cancels the query (57014)",
    disturbance: { kind: "error", query: { state: "57014", message: "canceling statement due to user request" } },
  },
  SILENCE,
];

const MYSQL: readonly Described[] = [
  ...RESETS,
  {
    id: "too-many-connections",
    says: "the server has no connection left (1040)",
    disturbance: { kind: "error", connect: { state: "08004", number: 1040, message: "Too many connections" } },
  },
  {
    id: "server-restart",
    says: "the server shuts down: it ends the connection (1927), and to a new one says so (1053)",
    disturbance: {
      kind: "error",
      connect: { state: "08S01", number: 1053, message: "Server shutdown in progress" },
      query: { state: "70100", number: 1927, message: "Connection was killed", closes: true },
    },
  },
  {
    id: "conflict",
    says: "the query is given up because of a deadlock with another transaction (1213)",
    disturbance: {
      kind: "error",
      query: {
        state: "40001",
        number: 1213,
        message: "Deadlock found when trying to get lock; try restarting transaction",
      },
    },
  },
  {
    id: "query-cancelled",
    says: "somebody cancels the query (1317)",
    disturbance: { kind: "error", query: { state: "70100", number: 1317, message: "Query execution was interrupted" } },
  },
  SILENCE,
];

export function serverFaults(engine: "postgresql" | "mysql", strikes: DatabaseStrikes): Fault[] {
  return (engine === "mysql" ? MYSQL : POSTGRESQL).map(({ disturbance, ...described }) =>
    strikes.fault({ ...described, owes: "rows-or-failure", extra: AGAIN }, disturbance),
  );
}
