/**
 * "Orchard Ledger": cursors, a bearer token, and documentation that is wrong about it. What it says, and what is so:
 *
 * | The pages say | The server does |
 * |---|---|
 * | `page_size` up to 500 | gives at most 100, and says nothing |
 * | `modified_after` includes rows modified at that time | leaves them out |
 * | the next cursor is `next_cursor`, beside `data` | it is `meta.next` |
 * | entries come in order of modification | only with `sort=modified`; else by their own number |
 * | a tree has `grower_id` | it has `growerId` |
 *
 * Archived entries are listed with `include_archived=true` only, which one footnote says.
 */

import type { Json } from "../../../src/sources/record.ts";
import { DAY, drawFrom, isoDay, rows } from "./corpus.ts";
import { type Answer, type Asked, type Fictional, type StartOptions, serve, wholeParameter } from "./server.ts";
import { openSite } from "./site.ts";

const TOKEN = "ol_live_3vXc8RkP0sWq6Yb2";
const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

export async function startOrchard(options: StartOptions = {}): Promise<Fictional> {
  const corpus = makeCorpus();
  const site = openSite({ name: "orchard" });
  const served = await serve({ api: (asked) => answer(corpus, asked), site }, options);
  return {
    ...served,
    docs: site.paths.map((path) => served.baseUrl + path),
    environment: { ORCHARD_TOKEN: TOKEN },
    spec: () => ({
      name: "Orchard Ledger",
      target: "fivetran",
      source: {
        kind: "rest",
        base_url: `${served.baseUrl}/api/ledger`,
        // The page with the footnote is linked from these, and not among them.
        docs: ["", "lists", "entries"].map((page) => `${served.baseUrl}/docs/${page}`),
        auth: { kind: "bearer", token: "${env:ORCHARD_TOKEN}" },
      },
      tables: ["trees", "harvests", "sales"],
    }),
    truth: (table) => tableOf(corpus, table).map(({ at: _, ...row }) => structuredClone(row)),
  };
}

interface Entry {
  /** Of the last modification, in milliseconds. */
  at: number;
  archived: boolean;
  modified: string;
  [column: string]: Json;
}
type Corpus = Readonly<Record<"trees" | "harvests" | "sales", readonly Entry[]>>;

function makeCorpus(): Corpus {
  const draw = drawFrom(7207);
  const stamps = (archivedShare: number, from: number) => {
    // Entries are modified in batches: many share a time, and their order is not that of their numbers.
    const at = Date.UTC(2025, 2, 1) + from * 3_600_000 + draw.whole(0, 60) * 5_400_000 + draw.whole(0, 3) * 137;
    return { archived: draw.chance(archivedShare), at, modified: new Date(at).toISOString() };
  };
  const varieties = ["Boskoop", "Gravenstein", "Cox's Orange", "Reine des Reinettes", "Gråpære"];
  const trees = rows(334, (index) => ({
    tree_no: index + 1,
    growerId: `G${draw.whole(10, 29)}`,
    variety: draw.pick(varieties),
    row_label: `${draw.pick(["A", "B", "C", "D"])}${draw.whole(1, 40)}`,
    planted_on: isoDay(Date.UTC(1988, 0, 1) + draw.whole(0, 13_000) * DAY),
    height_cm: draw.whole(90, 780),
    ...stamps(0.14, 0),
  }));
  const harvests = rows(421, (index) => ({
    harvest_no: 5000 + index,
    tree_no: draw.whole(1, 334),
    picked_on: isoDay(Date.UTC(2024, 7, 20) + draw.whole(0, 70) * DAY),
    weight_kg: Number(draw.decimal(2, 90)),
    grade: draw.pick(["extra", "I", "II", "cider", null]),
    ...stamps(0.1, 900),
  }));
  const sales = rows(268, (index) => ({
    sale_no: `S-${String(index + 1).padStart(5, "0")}`,
    harvest_no: draw.whole(5000, 5420),
    buyer: {
      name: draw.pick(["Frukthandel Sør", "Marché Vert", "Kelterei Amsel"]),
      city: draw.pick(["Lier", "Nantes", "Lindau"]),
    },
    amount_cents: draw.whole(500, 9_000_000),
    currency: draw.pick(["EUR", "NOK"]),
    paid_on: draw.chance(0.3) ? null : isoDay(Date.UTC(2024, 8, 1) + draw.whole(0, 160) * DAY),
    ...stamps(0.2, 1700),
  }));
  return { trees, harvests, sales };
}

function tableOf(corpus: Corpus, table: string): readonly Entry[] {
  const found = new Map(Object.entries(corpus)).get(table);
  if (found === undefined) throw new Error(`Orchard Ledger has no table ${table}`);
  return found;
}

function answer(corpus: Corpus, asked: Asked): Answer | undefined {
  const [, table] = /^\/api\/ledger\/(\w+)$/.exec(asked.path) ?? [];
  if (!asked.path.startsWith("/api/")) return undefined;
  if (table === undefined || !Object.hasOwn(corpus, table)) return refusal(404, "unknown resource");
  if (asked.headers.authorization !== `Bearer ${TOKEN}`) return { ...refusal(401, "invalid token"), table };
  if (asked.method !== "GET") return { ...refusal(405, "read only"), table };
  return { ...list(tableOf(corpus, table), asked.query), table };
}

function list(entries: readonly Entry[], query: URLSearchParams): Answer {
  const size = wholeParameter(query, "page_size") ?? DEFAULT_PAGE;
  const from = positionOf(query.get("cursor"));
  if (!(size >= 1)) return refusal(422, "page_size must be a positive number");
  if (from === undefined) return refusal(422, "cursor is not one of ours");
  const bound = query.get("modified_after");
  const after = bound === null ? Number.NEGATIVE_INFINITY : Date.parse(bound);
  if (Number.isNaN(after)) return refusal(422, "modified_after must be an ISO 8601 time");
  const hidden = query.get("include_archived") !== "true";
  const found = entries.filter((entry) => entry.at > after && !(hidden && entry.archived));
  if (query.get("sort") === "modified") found.sort((a, b) => a.at - b.at);
  const to = from + Math.min(size, MAX_PAGE);
  const data = found.slice(from, to).map(({ at: _, ...row }) => row);
  const next = to < found.length ? Buffer.from(`after:${to}`).toString("base64url") : null;
  return { status: 200, body: { data, meta: { count: data.length, next } }, records: data.length };
}

function positionOf(cursor: string | null): number | undefined {
  if (cursor === null) return 0;
  const [, position] = /^after:(\d+)$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  return position === undefined ? undefined : Number(position);
}

function refusal(status: number, problem: string): Answer {
  return { status, body: { problem } };
}
