/** Random blueprints over everything a REST source may be, for property tests. */
import fc from "fast-check";
import type { RestBlueprint as Blueprint, ColumnType } from "../../src/artifacts/blueprint.ts";
import { makeBlueprint, type TableInput } from "./rest-blueprint.ts";

type Input = Record<string, unknown>;

const size = fc.constantFrom(2, 3, 10, 100, 1000);
const sized = fc.oneof(
  fc.constant({}),
  fc.record({ size_param: fc.constant("per_page"), size }),
  fc.record({ size }),
  fc.constant({ size_param: "per_page" }),
);
const moreAt = fc.option(fc.constantFrom("has_more", "meta.has_more"), { nil: undefined });

const pagination: fc.Arbitrary<Input> = fc.oneof(
  fc.constant({ style: "none" }),
  fc
    .tuple(sized, fc.constantFrom(0, 1), fc.constantFrom(undefined, "meta.pages"), moreAt)
    .map(([rest, start, total_pages, has_more]) => ({
      style: "page",
      page_param: "page",
      start,
      total_pages,
      has_more,
      ...rest,
    })),
  fc
    .tuple(fc.option(size, { nil: undefined }), fc.constantFrom(undefined, "total"), moreAt)
    .map(([limit, total, has_more]) => ({
      style: "offset",
      offset_param: "skip",
      limit_param: "limit",
      limit,
      total,
      has_more,
    })),
  fc.tuple(sized, moreAt, fc.boolean()).map(([rest, has_more, cursor_only]) => ({
    style: "cursor",
    cursor_param: "after",
    next: "meta.next",
    has_more,
    cursor_only,
    ...rest,
  })),
  sized.map((rest) => ({ style: "next_url", next: "links.next", ...rest })),
  sized.map((rest) => ({ style: "link_header", ...rest })),
);

/** Cursor columns with the formats that fit them. */
const cursorColumn = fc.constantFrom<[Input, string]>(
  [{ type: "timestamp" }, "iso8601"],
  [{ type: "timestamp" }, "epoch_seconds"],
  [{ type: "timestamp" }, "date"],
  [{ type: "timestamp", format: "epoch_milliseconds" }, "epoch_milliseconds"],
  [{ type: "local_timestamp" }, "iso8601"],
  [{ type: "date" }, "date"],
  [{ type: "integer" }, "epoch_seconds"],
  [{ type: "string" }, "iso8601"],
);

interface Shape {
  columns: Record<string, ColumnType | Input>;
  advance: Input;
}

const shape: fc.Arbitrary<Shape> = fc.oneof(
  fc.constant({ columns: {}, advance: { kind: "full" } }),
  fc
    .tuple(
      cursorColumn,
      fc.record({
        inclusive: fc.boolean(),
        order: fc.constantFrom("ascending", "unknown"),
        lookback: fc.constantFrom(0, 3600, 172_800),
        sort_params: fc.constantFrom({}, { sort: "changed" }),
        window: fc.constantFrom(undefined, { end_param: "until", days: 30 }),
      }),
      fc.boolean(),
    )
    .map(([[column, format], rest, started]) => ({
      columns: { changed: column },
      advance: {
        kind: "cursor",
        column: "changed",
        param: "since",
        format,
        ...rest,
        ...(started
          ? {
              start: {
                iso8601: "2023-05-01T00:00:00Z",
                date: "2023-05-01",
                epoch_seconds: "1682899200",
                epoch_milliseconds: "1682899200000",
              }[format],
            }
          : {}),
      },
    })),
  fc.tuple(fc.constantFrom(1, 7, 500), fc.constantFrom(1, 3)).map(([step, empty_steps]) => ({
    columns: {},
    advance: { kind: "steps", column: "id", from_param: "from", to_param: "to", step, empty_steps },
  })),
);

const deletes = fc.constantFrom<Input>(
  { kind: "none" },
  { kind: "absence" },
  { kind: "flag", column: "removed" },
  { kind: "flag", column: "status", values: ["gone", "archived"] },
  { kind: "feed" },
);

const VALUES: Record<string, ColumnType | Input> = {
  name: "string",
  amount: "decimal",
  small: { type: "decimal", precision: 4, scale: 4, nullable: false },
  score: "number",
  big: "bigint",
  whole: "integer",
  nested: "json",
  born: "date",
  seen: "timestamp",
  color: { type: "string", values: ["red", "green"] },
  blob: "binary",
  open: "boolean",
};

const table = fc.record({
  shape,
  pagination,
  deletes,
  records: fc.constantFrom("data", "data.items", ""),
  keyType: fc.constantFrom<ColumnType>("integer", "bigint", "string"),
  values: fc.subarray(Object.keys(VALUES)),
});
type Made = typeof table extends fc.Arbitrary<infer T> ? T : never;

export const arbitraryBlueprint: fc.Arbitrary<Blueprint> = fc
  .tuple(table, fc.option(table, { nil: undefined }), fc.option(table, { nil: undefined }), fc.boolean())
  .map(([top, middle, bottom, withPath]) => {
    const tables = [build("top", top)];
    if (middle !== undefined) tables.push(build("middle", middle, ["top"]));
    if (middle !== undefined && bottom !== undefined) tables.push(build("bottom", bottom, ["top", "middle"]));
    return makeBlueprint(tables, { base_url: `https://api.example.com${withPath ? "/v2" : ""}` });
  });

function build(name: string, made: Made, ancestors: readonly string[] = []): TableInput {
  const stepped = made.shape.advance.kind === "steps";
  const boundColumns = ancestors.map((ancestor) => `${ancestor}_id`);
  const bind = ancestors.map((ancestor, index) => ({
    placeholder: `${ancestor}_id`,
    parent_column: index === ancestors.length - 1 ? "id" : `${ancestor}_id`,
    column: `${ancestor}_id`,
  }));
  const path = [...ancestors.flatMap((ancestor) => [ancestor, `{${ancestor}_id}`]), name].join("/");
  const primary_key = [...boundColumns, "id"];
  const values = Object.fromEntries(made.values.map((value) => [value, VALUES[value] as ColumnType | Input]));
  return {
    name,
    primary_key,
    columns: { id: stepped ? "integer" : made.keyType, ...made.shape.columns, ...flagColumn(made.deletes), ...values },
    read: {
      path: `/${path}`,
      ...envelope(made),
      ...(ancestors.length > 0 ? { parent: { table: ancestors.at(-1), bind } } : {}),
    },
    advance: made.shape.advance,
    deletes: deletesOf(name, made, primary_key),
  };
}

/** An answer that is a list has no room for anything else. */
function envelope(made: Made): Input {
  const { pagination: style, records } = made;
  const inside = Object.entries(style).some(
    ([key, value]) => ["total_pages", "has_more", "total", "next"].includes(key) && value !== undefined,
  );
  return { records: inside && records === "" ? "data" : records, pagination: style };
}

function flagColumn(kind: Input): Record<string, ColumnType | Input> {
  if (kind.column === "removed") return { removed: "timestamp" };
  if (kind.column === "status") return { status: { type: "string", values: ["live", "draft", "gone"] } };
  return {};
}

function deletesOf(name: string, made: Made, key: readonly string[]): Input {
  if (made.deletes.kind === "absence" && made.shape.advance.kind !== "full") return { kind: "none" };
  if (made.deletes.kind !== "feed") return made.deletes;
  return {
    kind: "feed",
    path: `/deleted/${name}`,
    records: "keys",
    keys: Object.fromEntries(key.map((column) => [column, `${column}_was`])),
    column: "at",
    param: "after",
  };
}
