/**
 * Fivetran's REST API as far as it is documented, and as its command asks for it: an account in memory behind a server on
 * loopback. `fivetran deploy` and our own client talk to the same one. What it is told to do wrong is a value.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ApiRequest {
  method: string;
  /** Without `/v1/` and the query. */
  path: string;
  query: URLSearchParams;
  body: Buffer;
  authorization: string | undefined;
}

export interface ApiAnswer {
  status: number;
  /** JSON, unless it is text. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Milliseconds to wait before it; `never` leaves the request hanging. */
  after?: number | "never";
}

export interface FakeConnection {
  id: string;
  group_id: string;
  service: string;
  schema: string;
  paused: boolean;
  secrets: Record<string, string>;
  package_id?: string;
  python_version?: string;
  [more: string]: unknown;
}

export interface FakeAccount {
  key?: string;
  secret?: string;
  groups?: { id: string; name: string }[];
  connections?: FakeConnection[];
  /** Of a connection that was made or changed. */
  setupTests?: { title: string; status: string; message?: string }[];
  /** Asked before anything else: what it answers is the answer. */
  routes?: ((request: ApiRequest) => ApiAnswer | undefined | Promise<ApiAnswer | undefined>) | undefined;
  /** What comes of a sync that is asked for; without it one goes well at once. */
  sync?: FakeSync | undefined;
  /** Of a page of a list. */
  pageSize?: number;
}

export interface FakeSync {
  /** So often a connection is looked at before its sync has begun, and while it runs. Never ends: Infinity. */
  begins?: number;
  runs?: number;
  ends?: "succeeded" | "failed" | "rescheduled";
  reason?: string;
  /** By the platform's clock. */
  at?: string;
  /** What it leaves. */
  state?: Record<string, unknown>;
  tables?: string[];
}

export interface FivetranApiServer {
  base: string;
  /** May be changed while it runs. */
  account: Required<Pick<FakeAccount, "groups" | "connections" | "setupTests">> & Pick<FakeAccount, "routes" | "sync">;
  /** Packages by id: the zip, as it was uploaded within its multipart body. */
  packages: Map<string, Buffer>;
  requests: ApiRequest[];
  /** Requests that change something, as `POST connectors`. */
  changes(): string[];
  [Symbol.asyncDispose](): Promise<void>;
}

export const KEY = "fvtKeyQx7P";
export const SECRET = "fvtSecretZ9mLw2";
export const BASIC = Buffer.from(`${KEY}:${SECRET}`).toString("base64");

export async function startFivetranApi(wanted: FakeAccount = {}): Promise<FivetranApiServer> {
  const basic = Buffer.from(`${wanted.key ?? KEY}:${wanted.secret ?? SECRET}`).toString("base64");
  const account: FivetranApiServer["account"] = {
    groups: wanted.groups ?? [{ id: "group_one", name: "warehouse" }],
    connections: wanted.connections ?? [],
    setupTests: wanted.setupTests ?? [{ title: "Connector starts", status: "PASSED", message: "" }],
    routes: wanted.routes,
    sync: wanted.sync,
  };
  const packages = new Map<string, Buffer>();
  const requests: ApiRequest[] = [];
  const state: State = { account, packages, pageSize: wanted.pageSize ?? 100, made: 0, looks: new Map() };
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming);
    requests.push(request);
    if (request.authorization !== `Basic ${basic}`) {
      return reply(response, {
        status: 401,
        body: { code: "AuthFailed", message: "Missing or invalid authorization" },
      });
    }
    const answer = (await account.routes?.(request)) ?? route(state, request);
    if (answer.after === "never") return;
    if (answer.after !== undefined) await new Promise((resolve) => setTimeout(resolve, answer.after as number));
    reply(response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    account,
    packages,
    requests,
    changes: () => requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface State {
  account: FivetranApiServer["account"];
  packages: Map<string, Buffer>;
  pageSize: number;
  made: number;
  /** Syncs by connection: how often it was looked at since it was asked for. */
  looks: Map<string, number>;
}

async function read(incoming: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? "/", "http://localhost");
  return {
    method: incoming.method ?? "GET",
    path: url.pathname.replace(/^\/v1\//, ""),
    query: url.searchParams,
    body: Buffer.concat(chunks),
    authorization: incoming.headers.authorization,
  };
}

function reply(response: ServerResponse, { status, body, headers = {} }: ApiAnswer): void {
  const text = typeof body === "string" ? body : JSON.stringify(body ?? {});
  response.writeHead(status, { "content-type": "application/json;charset=utf-8", ...headers }).end(text);
}

const NOT_FOUND: ApiAnswer = { status: 404, body: { code: "NotFound", message: "Cannot find what was asked for" } };

/** The old names of paths (`connectors`) and today's (`connections`) are the same things. */
function route(state: State, request: ApiRequest): ApiAnswer {
  const { method } = request;
  const [first, id, third] = request.path.replaceAll("connectors", "connections").split("/");
  const target = `${method} ${[first, id === undefined ? [] : "*", third ?? []].flat().join("/")}`;
  switch (target) {
    case "GET groups":
      return paged(state, request, state.account.groups);
    case "GET groups/*/connections": {
      const name = request.query.get("schema");
      const listed = state.account.connections.filter(
        (connection) => connection.group_id === id && (name === null || connection.schema === name),
      );
      return paged(state, request, listed.map(shown));
    }
    case "GET connections/*":
      return found(state, id, (connection) => ok(shown(looked(state, connection))));
    case "GET connections/*/state":
      return found(state, id, ({ state: kept }) =>
        kept === undefined ? { status: 400, body: { code: "InvalidInput", message: "No state" } } : ok({ state: kept }),
      );
    case "GET connections/*/schemas":
      return found(state, id, ({ schema, tables }) =>
        tables === undefined
          ? NOT_FOUND
          : ok({ schema_change_handling: "ALLOW_ALL", schemas: schemasOf(schema, tables) }),
      );
    case "GET connections/*/sync-history":
      return found(state, id, ({ history = [] }) => paged(state, request, history as unknown[]));
    case "POST connections/*/sync":
      return found(state, id, (connection) => {
        state.looks.set(connection.id, 0);
        return { status: 200, body: { code: "Success", message: "Sync has been successfully triggered" } };
      });
    case "POST connections":
      return create(state, request);
    case "PATCH connections/*":
      return found(state, id, (connection) => update(state, connection, request));
    case "POST connections/*/test":
      return found(state, id, (connection) => ok({ ...shown(connection), setup_tests: state.account.setupTests }));
    default:
      return routePackages(state, request);
  }
}

function routePackages({ account, packages }: State, { method, path, body }: ApiRequest): ApiAnswer {
  const id = /^connector-sdk\/packages\/([^/]+)$/.exec(path)?.[1];
  if (method === "POST" && path === "connector-sdk/packages") {
    const made = `package_${packages.size + 1}`;
    packages.set(made, body);
    return { status: 201, body: { code: "Success", data: { id: made, created_at: "2026-11-20T10:00:00Z" } } };
  }
  if (id === undefined || !packages.has(id)) return NOT_FOUND;
  if (method === "DELETE") {
    packages.delete(id);
    return { status: 200, body: { code: "Success", message: "Package has been deleted" } };
  }
  const users = account.connections.filter((connection) => connection.package_id === id);
  return ok({ id, connection_id: users[0]?.id ?? null, connection_ids: users.map((connection) => connection.id) });
}

function found(state: State, id: string | undefined, work: (connection: FakeConnection) => ApiAnswer): ApiAnswer {
  const connection = state.account.connections.find((each) => each.id === id);
  return connection === undefined ? NOT_FOUND : work(connection);
}

function ok(data: unknown): ApiAnswer {
  return { status: 200, body: { code: "Success", data } };
}

function paged({ pageSize }: State, { query }: ApiRequest, all: readonly unknown[]): ApiAnswer {
  const from = Number(query.get("cursor") ?? 0);
  const size = Math.min(pageSize, Number(query.get("limit") ?? 100));
  const next = from + size < all.length ? { next_cursor: String(from + size) } : {};
  return ok({ items: all.slice(from, from + size), ...next });
}

/** As the API gives it: values of the configuration masked. */
function shown({
  secrets,
  package_id,
  python_version,
  state: _,
  tables: __,
  history: ___,
  ...connection
}: FakeConnection) {
  return {
    sync_frequency: 360,
    schedule_type: "auto",
    succeeded_at: null,
    failed_at: null,
    destination_schema_names: "FIVETRAN_NAMING",
    status: { setup_state: "connected", sync_state: "paused", update_state: "on_schedule", tasks: [], warnings: [] },
    ...connection,
    config: {
      schema: connection.schema,
      secrets_list: Object.keys(secrets).map((key) => ({ key, value: "******" })),
      python_version: python_version ?? "3.14",
      ...(package_id === undefined ? {} : { package_id }),
    },
  };
}

/** Moves on what was asked for: it begins, runs and ends as the account says. */
function looked({ account, looks }: State, connection: FakeConnection): FakeConnection {
  const look = looks.get(connection.id);
  if (look === undefined) return connection;
  const {
    begins = 0,
    runs = 0,
    ends = "succeeded",
    reason,
    at = new Date().toISOString(),
    ...left
  } = account.sync ?? {};
  looks.set(connection.id, look + 1);
  const set = (sync_state: string) =>
    Object.assign(connection, { status: { setup_state: "connected", sync_state, update_state: "on_schedule" } });
  if (look < begins) return set("scheduled");
  if (look < begins + runs) return set("syncing");
  looks.delete(connection.id);
  if (ends === "rescheduled") return set("rescheduled");
  const history = [{ sync_id: "sync_1", status: ends === "failed" ? "FAILURE" : "SUCCESSFUL", reason: reason ?? null }];
  return Object.assign(set("scheduled"), { [`${ends}_at`]: at, history, ...left });
}

function schemasOf(schema: string, tables: unknown) {
  const all = (tables as string[]).map((name) => [name, { name_in_destination: name, enabled: true }]);
  return { [schema]: { name_in_destination: schema, enabled: true, tables: Object.fromEntries(all) } };
}

interface Sent {
  group_id?: string;
  service?: string;
  paused?: boolean;
  config: {
    schema: string;
    package_id: string;
    python_version?: string;
    secrets_list?: { key: string; value: string }[];
  };
}

function create(state: State, { body }: ApiRequest): ApiAnswer {
  const { group_id = "", service = "", paused = false, config } = JSON.parse(body.toString()) as Sent;
  if (state.account.connections.some((each) => each.group_id === group_id && each.schema === config.schema)) {
    return { status: 409, body: { code: "Conflict", message: "A connection of this name exists already" } };
  }
  state.made += 1;
  const connection: FakeConnection = {
    id: `speak_inexpensive${state.made}`,
    ...{ group_id, service, paused, schema: config.schema, package_id: config.package_id },
    ...(config.python_version === undefined ? {} : { python_version: config.python_version }),
    secrets: valuesOf(config),
  };
  state.account.connections.push(connection);
  return { status: 201, body: { code: "Success", data: withTests(state, connection) } };
}

function update(state: State, connection: FakeConnection, { body }: ApiRequest): ApiAnswer {
  const { config, paused } = JSON.parse(body.toString()) as Partial<Sent>;
  if (paused !== undefined) connection.paused = paused;
  if (config?.package_id) connection.package_id = config.package_id;
  if (config?.python_version) connection.python_version = config.python_version;
  // All values are replaced; without any, those that are stored are kept.
  if (config?.secrets_list) connection.secrets = valuesOf(config);
  return ok(withTests(state, connection));
}

function valuesOf({ secrets_list = [] }: Sent["config"]): Record<string, string> {
  return Object.fromEntries(secrets_list.map(({ key, value }) => [key, value]));
}

function withTests({ account }: State, connection: FakeConnection) {
  return { ...shown(connection), setup_tests: account.setupTests };
}
