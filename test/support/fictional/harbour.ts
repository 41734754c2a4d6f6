/**
 * "Harbour Berths": pages by number, an API key in a header, and documentation that is true. Three tables: berths (key of
 * two columns), vessels (a nested object that may be null), port_calls (advances by `updated_at`, inclusive filter).
 */
import { DAY, drawFrom, isoDay, isoSeconds, MINUTE, rows } from "./corpus.ts";
import { type Answer, type Asked, type Fictional, type StartOptions, serve, wholeParameter } from "./server.ts";
import { openSite } from "./site.ts";

const KEY = "hb-key-7f2Qm9Lx4Tz1";
const MAX_PER_PAGE = 50;
const DEFAULT_PER_PAGE = 20;

export async function startHarbour(options: StartOptions = {}): Promise<Fictional> {
  const corpus = makeCorpus();
  const site = openSite({ name: "harbour" });
  const served = await serve({ api: (asked) => answer(corpus, asked), site }, options);
  const docs = site.paths.map((path) => served.baseUrl + path);
  return {
    ...served,
    docs,
    environment: { HARBOUR_KEY: KEY },
    spec: () => ({
      name: "Harbour Berths",
      target: "fivetran",
      source: {
        kind: "rest",
        base_url: `${served.baseUrl}/api`,
        docs,
        auth: { kind: "api_key", in: "header", name: "X-Harbour-Key", value: "${env:HARBOUR_KEY}" },
      },
      tables: ["berths", "vessels", "port_calls"],
    }),
    truth: (table) => tableOf(corpus, table).map((row) => structuredClone(row)),
  };
}

type Corpus = ReturnType<typeof makeCorpus>;

function makeCorpus() {
  const draw = drawFrom(4101);
  const quays = ["North", "Fish", "Timber", "Ferry", "Outer Mole"];
  const berths = quays.flatMap((quay) =>
    rows(26, (index) => ({
      quay,
      berth_no: index + 1,
      length_m: draw.decimal(18, 340),
      max_draught_m: draw.decimal(2, 14),
      shore_power: draw.chance(0.4),
      commissioned_on: draw.chance(0.2) ? null : isoDay(Date.UTC(1962, 0, 1) + draw.whole(0, 20_000) * DAY),
      remark: draw.chance(0.15)
        ? draw.pick(["fenders renewed", "hauling out only", "silted: sound before mooring"])
        : null,
    })),
  );
  const names = ["Åsa", "Meeuw", "Sunniva", "Tern", "Dorothea", "Skúli", "Valborg", "Petrel", "Ørnen"];
  const vessels = rows(168, (index) => ({
    imo: 9_100_003 + index * 37,
    name: `${draw.pick(names)} ${draw.pick(["of Nordvik", "II", "III", "Star", "Trader"])}`,
    flag: draw.pick(["NO", "DK", "NL", "IS", "PT", "LR"]),
    gross_tonnage: draw.decimal(90, 98_000),
    built: draw.whole(1971, 2024),
    owner: draw.chance(0.25)
      ? null
      : {
          name: `${draw.pick(["Halvorsen", "De Wit", "Lund", "Marques"])} Shipping`,
          country: draw.pick(["NO", "NL", "DK", "PT"]),
        },
  }));
  let moment = Date.UTC(2025, 1, 3, 5, 40);
  const portCalls = rows(263, (index) => {
    // One row in six was saved in the same second as the one before.
    if (!draw.chance(1 / 6)) moment += draw.whole(2, 900) * MINUTE + draw.whole(0, 59) * 1000;
    const status = draw.pick(["planned", "alongside", "departed", "departed", "cancelled"]);
    const there = status === "alongside" || status === "departed";
    return {
      call_id: `PC-25-${String(((index * 71) % 263) + 1).padStart(4, "0")}`,
      imo: draw.pick(vessels).imo,
      quay: draw.pick(quays),
      berth_no: draw.whole(1, 26),
      status,
      arrived_at: there ? isoSeconds(moment - draw.whole(60, 4000) * MINUTE) : null,
      departed_at: status === "departed" ? isoSeconds(moment) : null,
      cargo_tonnes: draw.chance(0.3) ? null : draw.decimal(0, 42_000),
      dues_eur: there ? draw.decimal(80, 19_500) : null,
      updated_at: isoSeconds(moment),
    };
  });
  portCalls.sort((a, b) => compare(a.updated_at, b.updated_at) || compare(a.call_id, b.call_id));
  return { berths, vessels, port_calls: portCalls };
}

function tableOf(corpus: Corpus, table: string) {
  const found = new Map<string, Corpus[keyof Corpus]>(Object.entries(corpus)).get(table);
  if (found === undefined) throw new Error(`Harbour Berths has no table ${table}`);
  return found;
}

function answer(corpus: Corpus, asked: Asked): Answer | undefined {
  if (!asked.path.startsWith("/api/")) return undefined;
  const table = { "/api/berths": "berths", "/api/vessels": "vessels", "/api/port-calls": "port_calls" }[asked.path];
  if (table === undefined) return refusal(404, "no_such_resource", `There is nothing at ${asked.path}.`);
  if (asked.headers["x-harbour-key"] !== KEY)
    return { ...refusal(401, "key_required", "Send a valid X-Harbour-Key."), table };
  if (asked.method !== "GET") return { ...refusal(405, "read_only", "This API is read-only."), table };
  return { ...list(corpus, table, asked.query), table };
}

function list(corpus: Corpus, table: string, query: URLSearchParams): Answer {
  const page = wholeParameter(query, "page") ?? 1;
  const perPage = wholeParameter(query, "per_page") ?? DEFAULT_PER_PAGE;
  if (!(page >= 1)) return refusal(400, "bad_page", "page is a whole number from 1 on.");
  if (!(perPage >= 1 && perPage <= MAX_PER_PAGE)) return refusal(400, "bad_per_page", "per_page is from 1 to 50.");
  let found: readonly object[] = tableOf(corpus, table);
  const since = query.get("updated_since");
  if (table === "port_calls" && since !== null) {
    const from = Date.parse(since);
    if (!/T.*(Z|[+-]\d\d:\d\d)$/.test(since) || Number.isNaN(from)) {
      return refusal(400, "bad_updated_since", "updated_since is an ISO 8601 time with a zone.");
    }
    found = corpus.port_calls.filter((row) => Date.parse(row.updated_at) >= from);
  }
  const data = found.slice((page - 1) * perPage, page * perPage);
  const envelope = {
    page,
    per_page: perPage,
    total_pages: Math.ceil(found.length / perPage),
    total_count: found.length,
  };
  return { status: 200, body: { data, ...envelope }, records: data.length };
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
