/**
 * "Tide Archive": stations and, per station, readings and maintenance visits; offset and limit, OAuth client credentials
 * with a token that wears out, a limit of requests per second, times in epoch milliseconds, a flag for deleted stations.
 * Of its pages one is long and speaks to AI agents, one is missing, one wants a login.
 */
import { createHash } from "node:crypto";
import { DAY, drawFrom, MINUTE, rows } from "./corpus.ts";
import { FIELD_NOTES } from "./field-notes.ts";
import { type Answer, type Asked, type Fictional, type StartOptions, serve, wholeParameter } from "./server.ts";
import { openSite } from "./site.ts";

const CLIENT_ID = "tide-client-0419";
const CLIENT_SECRET = "ts-9Hn4Wd7Kc2Vf5Jp8";
const MAX_LIMIT = { stations: 6, readings: 60, maintenance: 10 };

export interface TideOptions extends StartOptions {
  /** How many requests a token is good for. Default 50, as the pages say. */
  tokenRequests?: number;
  /** How long a token is good. Default 60, as the pages say. */
  tokenSeconds?: number;
  /** Default 20, as the pages say. */
  requestsPerSecond?: number;
}

export async function startTide(options: TideOptions = {}): Promise<Fictional> {
  const corpus = makeCorpus();
  const site = openSite({
    name: "tide",
    articles: { "/docs/field-notes": FIELD_NOTES },
    redirects: { "/docs/quality-codes": "/login?next=%2Fdocs%2Fquality-codes" },
  });
  const gate = createGate(options);
  const served = await serve({ api: (asked) => answer(corpus, gate, asked), site }, options);
  return {
    ...served,
    docs: site.paths.map((path) => served.baseUrl + path),
    environment: { TIDE_CLIENT_ID: CLIENT_ID, TIDE_CLIENT_SECRET: CLIENT_SECRET },
    spec: () => ({
      name: "Tide Archive",
      target: "fivetran",
      source: {
        kind: "rest",
        base_url: `${served.baseUrl}/v2`,
        docs: ["", "access", "resources", "field-notes"].map((page) => `${served.baseUrl}/docs/${page}`),
        auth: {
          kind: "oauth2_client_credentials",
          token_url: `${served.baseUrl}/v2/oauth/token`,
          client_id: "${env:TIDE_CLIENT_ID}",
          client_secret: "${env:TIDE_CLIENT_SECRET}",
        },
      },
      tables: ["stations", "readings", "maintenance"],
    }),
    truth: (table) => structuredClone(truthOf(corpus, table)),
  };
}

type Corpus = ReturnType<typeof makeCorpus>;

function makeCorpus() {
  const draw = drawFrom(9349);
  const opened = Date.UTC(2024, 0, 8);
  const stations = rows(16, (index) => ({
    station_id: `TA-${String(index * 7 + 3).padStart(3, "0")}`,
    name: `${draw.pick(["Skerry", "Mussel Bank", "Old Pier", "Sluice", "Vågen"])} ${index + 1}`,
    latitude: Number(draw.decimal(52, 61)),
    longitude: Number(draw.decimal(2, 11)),
    datum: draw.pick(["NAP", "NN2000", "LAT"]),
    opened_at: opened + draw.whole(0, 300) * DAY,
    updated_at: Date.UTC(2025, 3, 1) + draw.whole(0, 90 * 24) * 3_600_000,
    deleted: [4, 9, 13].includes(index),
  }));
  // Most stations have one page of readings, a few have three; visits likewise.
  const counts = { readings: [151, 40, 130, 55], maintenance: [21, 3, 27, 24, 18, 12, 8, 35] };
  const readings = stations.map((_, index) => {
    let moment = Date.UTC(2025, 4, 1) + index * 97_013;
    return rows(counts.readings[index] ?? draw.whole(12, 58), (seq) => {
      moment += draw.whole(6, 14) * MINUTE + draw.whole(0, 999);
      return {
        seq: seq + 1,
        recorded_at: moment,
        level_mm: draw.chance(0.05) ? null : draw.whole(-2400, 5200),
        quality: draw.pick(["A", "A", "B", "X"]),
        sensor: { kind: draw.pick(["float", "radar"]), battery_v: Number(draw.decimal(10, 13)) },
      };
    });
  });
  const maintenance = stations.map((_, index) =>
    rows(counts.maintenance[index] ?? draw.whole(1, 9), (visit) => ({
      visit_no: visit + 1,
      visited_at: opened + visit * 11 * DAY + draw.whole(0, 400) * MINUTE,
      crew: rows(draw.whole(1, 2), () => draw.pick(["Ines", "Jørn", "Maartje", "Pål"])),
      work: draw.pick(["cleaned", "levelled", "sensor replaced", "battery replaced"]),
      hours: draw.whole(1, 36) / 4,
      remarks: draw.chance(0.5) ? null : draw.pick(["barnacles", "gate frozen", "“as found”: 12 mm low"]),
    })),
  );
  return { stations, readings, maintenance };
}

function truthOf({ stations, readings, maintenance }: Corpus, table: string) {
  if (table === "stations") return stations.filter(({ deleted }) => !deleted);
  const children = { readings, maintenance }[table];
  if (children === undefined) throw new Error(`Tide Archive has no table ${table}`);
  return stations.flatMap(({ station_id }, index) => (children[index] ?? []).map((row) => ({ station_id, ...row })));
}

interface Gate {
  issue(asked: Asked): Answer;
  /** Undefined when the request may pass, and the headers that every answer carries. */
  pass(asked: Asked): { refused: Answer | undefined; headers: Record<string, string> };
}

function createGate({ tokenRequests = 50, tokenSeconds = 60, requestsPerSecond = 20 }: TideOptions): Gate {
  const tokens = new Map<string, { until: number; left: number }>();
  let second = 0;
  let used = 0;
  const issue = ({ headers, body }: Asked): Answer => {
    const form = new URLSearchParams(body);
    const [, basic = ""] = /^Basic (.+)$/i.exec(headers.authorization ?? "") ?? [];
    const given = basic
      ? Buffer.from(basic, "base64").toString()
      : `${form.get("client_id")}:${form.get("client_secret")}`;
    if (form.get("grant_type") !== "client_credentials")
      return { status: 400, body: { error: "unsupported_grant_type" } };
    if (given !== `${CLIENT_ID}:${CLIENT_SECRET}`) return { status: 401, body: { error: "invalid_client" } };
    const token = createHash("sha256").update(`tide ${tokens.size}`).digest("base64url");
    tokens.set(token, { until: Date.now() + tokenSeconds * 1000, left: tokenRequests });
    return { status: 200, body: { access_token: token, token_type: "Bearer", expires_in: tokenSeconds } };
  };
  const pass = ({ headers }: Asked) => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== second) [second, used] = [now, 0];
    used += 1;
    const said = {
      "x-ratelimit-limit": String(requestsPerSecond),
      "x-ratelimit-remaining": String(Math.max(0, requestsPerSecond - used)),
      "x-ratelimit-reset": String(now + 1),
    };
    if (used > requestsPerSecond)
      return { refused: refusal(429, "too many requests"), headers: { ...said, "retry-after": "1" } };
    const token = tokens.get(/^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "");
    if (token === undefined) return { refused: refusal(401, "invalid_token"), headers: said };
    token.left -= 1;
    if (token.left < 0 || Date.now() > token.until) return { refused: refusal(401, "token_expired"), headers: said };
    return { refused: undefined, headers: said };
  };
  return { issue, pass };
}

function answer(corpus: Corpus, gate: Gate, asked: Asked): Answer | undefined {
  if (!asked.path.startsWith("/v2/")) return undefined;
  if (asked.path === "/v2/oauth/token" && asked.method === "POST") return gate.issue(asked);
  const { refused, headers } = gate.pass(asked);
  const [, id, child] = /^\/v2\/stations(?:\/([^/]+)\/(readings|maintenance))?$/.exec(asked.path) ?? [undefined];
  const table = (child ?? "stations") as keyof Corpus;
  const known = asked.method === "GET" && (id !== undefined || asked.path === "/v2/stations");
  if (refused !== undefined) return { ...refused, headers, ...(known ? { table } : {}) };
  if (!known) return { ...refusal(404, "not_found"), headers };
  const found = id === undefined ? corpus.stations : childrenOf(corpus, table, decodeURIComponent(id));
  if (found === undefined) return { ...refusal(404, "no_such_station"), headers, table };
  return { ...list(found, table, asked.query), headers, table };
}

function childrenOf(corpus: Corpus, table: keyof Corpus, id: string): readonly object[] | undefined {
  const index = corpus.stations.findIndex(({ station_id }) => station_id === id);
  return (table === "readings" ? corpus.readings : corpus.maintenance)[index];
}

function list(all: readonly object[], table: keyof Corpus, query: URLSearchParams): Answer {
  const offset = wholeParameter(query, "offset") ?? 0;
  const limit = Math.min(wholeParameter(query, "limit") ?? MAX_LIMIT[table], MAX_LIMIT[table]);
  const from = wholeParameter(query, "recorded_from") ?? 0;
  if (Number.isNaN(offset) || !(limit >= 1) || Number.isNaN(from)) return refusal(400, "bad_parameter");
  const found =
    table === "readings" ? all.filter((row) => "recorded_at" in row && Number(row.recorded_at) >= from) : all;
  const data = found.slice(offset, offset + limit);
  const body = { [table]: data, paging: { offset, limit, total: found.length } };
  return { status: 200, body, records: data.length };
}

function refusal(status: number, error: string): Answer {
  return { status, body: { error } };
}
