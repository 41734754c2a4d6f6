/** Blueprints for the generator's tests: small sources that together use every way of reading there is. */

import type { AuthInput } from "../../../src/artifacts/auth.ts";
import { type Blueprint, blueprintSchema, requiredClaims } from "../../../src/artifacts/blueprint.ts";

type Loose = Record<string, unknown>;

const KEYS: Record<AuthInput["kind"], string[]> = {
  none: [],
  api_key: ["api_key"],
  basic: ["username", "password"],
  bearer: ["access_token"],
  oauth2_client_credentials: ["client_id", "client_secret"],
  session: ["username", "password"],
};

/** A valid blueprint around the given tables; each table is merged over a plain one. */
export function blueprintOf(name: string, options: { auth?: AuthInput; source?: Loose; tables: Loose[] }): Blueprint {
  const auth = options.auth ?? { kind: "none" };
  const draft: Loose = {
    version: 1,
    name,
    title: `${name.replaceAll("_", " ")} API`,
    description: "What the tests need of a source.",
    source: { kind: "rest", base_url: "https://api.example.com/v1", auth, ...options.source },
    configuration: [
      {
        key: "base_url",
        description: "Address of the API",
        secret: false,
        required: true,
        default: "https://api.example.com/v1",
      },
      ...KEYS[auth.kind].map((key) => ({
        key,
        description: `The ${key.replaceAll("_", " ")}`,
        secret: true,
        required: true,
      })),
    ],
    tables: options.tables.map(tableOf),
    claims: {},
  };
  const blueprint = blueprintSchema.parse(draft);
  const claims = requiredClaims(blueprint).map((key) => [key, { status: "unproven", reason: "a test", evidence: [] }]);
  return { ...blueprint, claims: Object.fromEntries(claims) };
}

function tableOf(table: Loose): Loose {
  const { read, ...rest } = table;
  return {
    primary_key: ["id"],
    columns: [
      { name: "id", type: "integer", nullable: false },
      { name: "name", type: "string" },
      { name: "updated_at", type: "timestamp" },
    ],
    advance: { kind: "full" },
    deletes: { kind: "none" },
    ...rest,
    read: {
      kind: "rest",
      path: `/${String(table.name)}`,
      records: "data",
      pagination: { style: "none" },
      ...(read as Loose),
    },
  };
}

const PAGES = { style: "page", page_param: "page", size_param: "per_page", size: 2 };
const since = { kind: "cursor", column: "updated_at", param: "updated_since" };

/** Ascending cursor, flagged deletes, children and grandchildren with their own ways. */
export const shop = blueprintOf("shop", {
  auth: { kind: "api_key", in: "header", name: "X-Api-Key", value: "api_key" },
  source: { headers: { Accept: "application/json" }, rate_limit: { requests: 1000, per_seconds: 60 } },
  tables: [
    {
      name: "orders",
      description: "Orders that customers placed, newest change last.",
      columns: [
        { name: "id", type: "integer", nullable: false },
        { name: "placed_by", type: "string" },
        { name: "total", type: "decimal", precision: 12, scale: 2 },
        { name: "weight", type: "number" },
        { name: "barcode", type: "bigint" },
        { name: "placed_on", type: "date" },
        { name: "wall_time", type: "local_timestamp" },
        { name: "paid_at", type: "timestamp", format: "epoch_seconds" },
        {
          name: "details",
          type: "json",
          shape: {
            kind: "object",
            fields: [
              { name: "gift", shape: { kind: "value", type: "boolean" } },
              { name: "order", shape: { kind: "value", type: "integer" } },
              { name: "weight", shape: { kind: "value", type: "number" } },
              { name: "notes", shape: { kind: "list", items: { kind: "value", type: "string" } } },
              {
                name: "sender",
                shape: { kind: "object", fields: [{ name: "since", shape: { kind: "value", type: "timestamp" } }] },
              },
            ],
          },
        },
        { name: "seal", type: "binary" },
        { name: "_fivetran_note", type: "string" },
        { name: "gift", type: "boolean" },
        { name: "deleted", type: "boolean" },
        { name: "updated_at", type: "timestamp" },
      ],
      read: { pagination: PAGES, params: { status: "any" } },
      advance: { ...since, order: "ascending", inclusive: false, lookback: 3600, sort_params: { sort: "updated_at" } },
      deletes: { kind: "flag", column: "deleted" },
    },
    {
      name: "items",
      primary_key: ["order_id", "line"],
      columns: [
        { name: "order_id", type: "integer" },
        { name: "line", type: "integer" },
        { name: "price", type: "decimal" },
      ],
      read: {
        path: "/orders/{id}/items",
        pagination: PAGES,
        parent: { table: "orders", bind: [{ placeholder: "id", parent_column: "id", column: "order_id" }] },
      },
      deletes: { kind: "absence" },
    },
    {
      name: "notes",
      primary_key: ["order_id", "line", "note_id"],
      columns: [
        { name: "order_id", type: "integer" },
        { name: "line", type: "integer" },
        { name: "note_id", type: "string" },
        { name: "changed", type: "timestamp" },
      ],
      read: {
        path: "/orders/{order}/items/{line}/notes",
        pagination: PAGES,
        parent: {
          table: "items",
          bind: [
            { placeholder: "order", parent_column: "order_id", column: "order_id" },
            { placeholder: "line", parent_column: "line", column: "line" },
          ],
        },
      },
      advance: { kind: "cursor", column: "changed", param: "since" },
    },
    { name: "countries", primary_key: ["id"], read: { pagination: PAGES } },
  ],
});

/** A small source with one table: the code should be small too. */
export const colours = blueprintOf("colours", {
  tables: [
    {
      name: "colours",
      columns: [
        { name: "id", type: "integer" },
        { name: "name", type: "string" },
      ],
      read: { records: "" },
    },
  ],
});

const id = { name: "id", type: "integer", nullable: false };
const text = { name: "name", type: "string" };

/** A token to fetch, pages by offset, a feed of deletes that advances, rows that vanish from their listing. */
export const ledger = blueprintOf("ledger", {
  auth: {
    kind: "oauth2_client_credentials",
    token_url: "https://api.example.com/oauth/token",
    client_id: "client_id",
    client_secret: "client_secret",
    scopes: ["read", "list"],
  },
  tables: [
    {
      name: "entries",
      columns: [
        id,
        { name: "amount", type: "number" },
        { name: "changed", type: "timestamp", format: "epoch_milliseconds" },
      ],
      read: {
        records: "items",
        pagination: { style: "offset", offset_param: "skip", limit_param: "take", limit: 2, total: "count" },
      },
      advance: { kind: "cursor", column: "changed", param: "after", format: "epoch_milliseconds", inclusive: false },
      deletes: {
        kind: "feed",
        path: "/entries/deleted",
        records: "items",
        keys: { id: "entry_id" },
        column: "at",
        param: "after",
      },
    },
    {
      name: "accounts",
      columns: [id, text],
      read: {
        records: "items",
        pagination: { style: "offset", offset_param: "skip", limit_param: "take", limit: 2, total: "count" },
      },
      deletes: { kind: "absence" },
    },
  ],
});

/** Page cursors that stand alone, ranges of days up to now from a date nobody stated. */
export const visits = blueprintOf("visits", {
  auth: { kind: "bearer", token: "access_token" },
  tables: [
    {
      name: "visits",
      columns: [id, { name: "day", type: "date" }],
      read: {
        pagination: {
          style: "cursor",
          cursor_param: "cursor",
          next: "meta.next",
          has_more: "meta.more",
          cursor_only: true,
        },
      },
      advance: { kind: "cursor", column: "day", param: "from", format: "date", window: { end_param: "to", days: 400 } },
    },
  ],
});

/** Basic authentication, addresses of next pages, ranges of days with a start, children that advance. */
export const desk = blueprintOf("desk", {
  auth: { kind: "basic", username: "username", password: "password" },
  tables: [
    {
      name: "tickets",
      columns: [id, text, { name: "updated_at", type: "timestamp" }],
      read: { pagination: { style: "next_url", next: "links.next", size_param: "limit", size: 2 } },
      advance: {
        ...since,
        start: "2024-01-01T00:00:00Z",
        order: "ascending",
        lookback: 60,
        window: { end_param: "updated_before", days: 30 },
      },
    },
    {
      name: "comments",
      primary_key: ["ticket_id", "id"],
      columns: [{ name: "ticket_id", type: "integer" }, id, { name: "changed", type: "timestamp" }],
      read: {
        path: "/tickets/{id}/comments",
        pagination: { style: "next_url", next: "links.next", size_param: "limit", size: 2 },
        parent: { table: "tickets", bind: [{ placeholder: "id", parent_column: "id", column: "ticket_id" }] },
      },
      advance: { kind: "cursor", column: "changed", param: "since", order: "ascending" },
    },
  ],
});

/** A login, Link headers, ranges of ids, children in full. */
export const archive = blueprintOf("archive", {
  auth: {
    kind: "session",
    login_path: "/login",
    username: "username",
    password: "password",
    token_path: "data.token",
    header: "X-Session",
    prefix: "",
  },
  tables: [
    {
      name: "papers",
      columns: [id, text],
      read: { records: "", pagination: { style: "link_header" } },
      advance: {
        kind: "steps",
        column: "id",
        from_param: "id_from",
        to_param: "id_to",
        start: 1,
        step: 10,
        empty_steps: 2,
      },
    },
    {
      name: "pages",
      primary_key: ["paper", "number"],
      columns: [
        { name: "paper", type: "integer" },
        { name: "number", type: "integer" },
        { name: "text", type: "string" },
      ],
      read: {
        path: "/papers/{paper}/pages",
        records: "",
        pagination: { style: "link_header" },
        parent: { table: "papers", bind: [{ placeholder: "paper", parent_column: "id", column: "paper" }] },
      },
    },
  ],
});

/** Everything at once: all styles of paging, all formats of cursors, conversions between them. */
export const bazaar = blueprintOf("bazaar", {
  auth: { kind: "api_key", in: "query", name: "api_key", value: "api_key" },
  tables: [
    {
      name: "by_seconds",
      columns: [id, { name: "at", type: "timestamp", format: "epoch_seconds" }],
      read: { pagination: { ...PAGES, total_pages: "pages" } },
      advance: { kind: "cursor", column: "at", param: "since", format: "epoch_seconds", order: "ascending" },
    },
    {
      name: "by_number",
      columns: [id, { name: "version", type: "integer" }, { name: "state", type: "string" }],
      read: { pagination: { style: "page", page_param: "p", start: 0, has_more: "more" } },
      advance: { kind: "cursor", column: "version", param: "after", format: "integer", inclusive: false, lookback: 5 },
      deletes: { kind: "flag", column: "state", values: ["gone", "true"] },
    },
    {
      name: "by_text",
      columns: [id, { name: "mark", type: "string" }, { name: "removed_at", type: "timestamp" }],
      read: { pagination: { style: "offset", offset_param: "offset", has_more: "more" } },
      advance: { kind: "cursor", column: "mark", param: "mark", format: "string" },
      deletes: { kind: "flag", column: "removed_at" },
    },
    {
      name: "by_day",
      columns: [
        id,
        { name: "updated_at", type: "timestamp" },
        { name: "price", type: "decimal", precision: 10, scale: 4 },
      ],
      read: { pagination: { style: "cursor", cursor_param: "page_token", next: "next" } },
      advance: {
        kind: "cursor",
        column: "updated_at",
        param: "day",
        format: "date",
        inclusive: false,
        window: { end_param: "until", days: 365 },
      },
      deletes: { kind: "feed", path: "/by_day/deleted", records: "data", keys: { id: "id" } },
    },
    {
      name: "by_time",
      columns: [id, { name: "made", type: "local_timestamp" }, { name: "seen", type: "integer" }],
      read: { pagination: { style: "next_url", next: "@odata.nextLink" }, params: { expand: "all" } },
      advance: { kind: "cursor", column: "seen", param: "since", format: "iso8601", sort_params: { order: "asc" } },
      deletes: {
        kind: "feed",
        path: "/by_time/deleted",
        records: "data",
        keys: { id: "id" },
        column: "at",
        param: "since",
      },
    },
    {
      name: "by_range",
      columns: [id, { name: "data", type: "json" }],
      read: { pagination: { style: "link_header", rel: "next" } },
      advance: { kind: "steps", column: "id", from_param: "from", to_param: "to", step: 100 },
    },
    {
      name: "by_milliseconds",
      columns: [id, { name: "at", type: "timestamp" }],
      advance: { kind: "cursor", column: "at", param: "ms", format: "epoch_milliseconds" },
    },
    {
      name: "about",
      columns: [id, { name: "born", type: "date", format: "epoch_seconds" }],
      read: { records: "data", single: true },
      deletes: { kind: "absence" },
    },
    {
      name: "parts",
      primary_key: ["owner", "id"],
      columns: [{ name: "owner", type: "integer" }, id, { name: "sum", type: "bigint" }],
      read: {
        path: "/by_range/{n}/parts",
        pagination: PAGES,
        parent: { table: "by_range", bind: [{ placeholder: "n", parent_column: "id", column: "owner" }] },
      },
      advance: { kind: "cursor", column: "sum", param: "sum", format: "integer" },
    },
    { name: "keyless", primary_key: [], columns: [text], read: { pagination: PAGES } },
  ],
});

/** An integer cursor alone: no time has to be read. */
export const queue = blueprintOf("queue", {
  auth: {
    kind: "oauth2_client_credentials",
    token_url: "/token",
    client_id: "client_id",
    client_secret: "client_secret",
    client_auth: "basic",
  },
  tables: [
    {
      name: "jobs",
      columns: [id, { name: "serial", type: "integer" }],
      read: { pagination: { ...PAGES, has_more: "more" } },
      advance: { kind: "cursor", column: "serial", param: "after", format: "integer", inclusive: false },
    },
  ],
});

/** Parents that advance, and tables that are replaced, and nothing else. */
export const clinic = blueprintOf("clinic", {
  auth: { kind: "api_key", in: "header", name: "Authorization", prefix: "Token ", value: "api_key" },
  tables: [
    {
      name: "patients",
      read: { pagination: { style: "page", page_param: "page", total_pages: "total_pages" } },
      deletes: { kind: "absence" },
    },
    {
      name: "letters",
      primary_key: ["patient", "id"],
      columns: [{ name: "patient", type: "integer" }, id],
      read: {
        path: "/patients/{patient}/letters",
        pagination: { style: "page", page_param: "page", total_pages: "total_pages" },
        parent: { table: "patients", bind: [{ placeholder: "patient", parent_column: "id", column: "patient" }] },
      },
      deletes: { kind: "absence" },
    },
  ],
});
