/** A small live source whose one list, things, can be made to answer otherwise; its description and spec. */
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";
import { runHere, temporaryDirectory } from "./run-cli.ts";

export const THINGS = Array.from({ length: 45 }, (_, index) => ({
  id: index + 1,
  name: `thing ${index + 1}`,
  updated_at: new Date(Date.UTC(2025, 0, 1 + index)).toISOString(),
}));

const DESCRIPTION = `
openapi: 3.0.0
info: { title: Things, version: "1" }
paths:
  /things:
    get:
      parameters:
        - { name: page, in: query, schema: { type: integer, default: 1 } }
        - { name: per_page, in: query, schema: { type: integer, maximum: 50 } }
        - { name: updated_since, in: query, description: Only what was updated at or after this time., schema: { type: string, format: date-time } }
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  required: [id]
                  properties:
                    id: { type: integer }
                    name: { type: string }
                    updated_at: { type: string, format: date-time }
`;

export type Answer = { status: number; body: unknown };

/** The connector, as it shows to a source. What a source does to it alone, no probe can find out before. */
export const isConnector = ({ headers }: IncomingMessage) => /python/i.test(headers["user-agent"] ?? "");

/** Pages of at most 20, whatever the description promises; these parameters are refused. */
export function thingsPage(query: URLSearchParams, refused: readonly string[] = []): Answer {
  const bad = refused.find((name) => query.has(name));
  if (bad) return { status: 400, body: { error: `unknown parameter ${bad}` } };
  const since = Date.parse(query.get("updated_since") ?? "1970-01-01");
  const rows = THINGS.filter((row) => Date.parse(row.updated_at) >= since);
  const size = Math.min(Number(query.get("per_page") ?? 20), 20);
  const from = (Number(query.get("page") ?? 1) - 1) * size;
  return { status: 200, body: rows.slice(from, from + size) };
}

/** Listens until the process ends or `close` is called. */
export async function serveThings(answer: (query: URLSearchParams, request: IncomingMessage) => Answer) {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    const { status, body } = answer(searchParams, request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface ThingsBuild {
  extra?: string;
  arguments?: readonly string[];
  environment?: Record<string, string>;
  workspace?: string;
}

/** Builds the connector of things with the built program. `report` is that of the last round. */
export async function buildThings(baseUrl: string, options: ThingsBuild = {}) {
  const workspace = options.workspace ?? (await temporaryDirectory());
  await writeFile(join(workspace, "things.yaml"), DESCRIPTION);
  const spec = join(workspace, "spec.yaml");
  await writeFile(
    spec,
    `name: Things\nsource: { kind: rest, base_url: "${baseUrl}", docs: [things.yaml] }\ntest: { mode: live }\n${options.extra ?? ""}`,
  );
  const { environment = {} } = options;
  const result = await runHere(["build", spec, ...(options.arguments ?? [])], { workspace, environment });
  const place = join(workspace, "things/.syncsmith");
  const names = await readdir(join(place, "reports")).catch(() => []);
  const reports = names.filter((name) => /^\d+\.json$/.test(name)).sort();
  const report = async (): Promise<Report> =>
    reportSchema.parse(JSON.parse(await readFile(join(place, "reports", reports.at(-1) ?? ""), "utf8")));
  return { ...result, workspace, place, reports, report };
}
