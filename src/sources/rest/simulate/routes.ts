/** Which table, or which table's list of deletes, a path is for. */
import type { RestBlueprint as Blueprint } from "../../../artifacts/blueprint.ts";
import { type Corpus, type Row, type TableState, textOf } from "../../http/simulate/corpus.ts";
import { Refusal } from "../../http/simulate/exchange.ts";
import { type TablePlan, unfit } from "../../http/simulate/plan.ts";
import type { Query } from "./filters.ts";

export interface Route {
  state: TableState;
  kind: "table" | "feed";
  /** Placeholder -> value, decoded. */
  bound: Map<string, string>;
}

/** Finds the route of a path below the base address; undefined when there is none. Throws `Refusal` for bad escapes. */
export type Router = (path: string, queryOf: QueryOf) => Route | undefined;

/** The parameters a table's listing was first asked with: a cursor may stand for them. */
export type QueryOf = (plan: TablePlan) => Query;

interface Pattern {
  state: TableState;
  kind: "table" | "feed";
  segments: RegExp[];
  placeholders: string[];
  params: Record<string, string>;
}

/** Throws `UserError` when two tables cannot be told apart by path and parameters. */
export function createRouter(blueprint: Blueprint, corpus: Corpus): Router {
  const prefix = basePath(blueprint);
  const patterns = [...corpus.values()].flatMap(patternsOf).sort(mostSpecificFirst);
  checkDistinct(patterns);
  return (path, queryOf) => {
    if (!path.startsWith(`${prefix}/`)) return undefined;
    const segments = path
      .slice(prefix.length + 1)
      .split("/")
      .map(decode);
    for (const pattern of patterns) {
      const bound = match(pattern, segments);
      if (bound !== undefined && chosenBy(pattern, { queryOf, patterns })) {
        return { state: pattern.state, kind: pattern.kind, bound };
      }
    }
    return undefined;
  };
}

/** Path of the base address, without a slash at its end. */
export function basePath(blueprint: Blueprint): string {
  return new URL(blueprint.source.base_url).pathname.replace(/\/+$/, "");
}

/** The parent row that the placeholders name. Throws `Refusal` (404) when there is none. */
export function findParentRow(route: Route, corpus: Corpus): Row | undefined {
  const { plan } = route.state;
  if (plan.parent === undefined) return undefined;
  const parents = corpus.get(plan.parent.table.name)?.rows ?? [];
  const found = parents.find((row) =>
    plan.bind.every(
      (bind) => textOf({ ...row.record, ...row.bound }[bind.parent_column]) === route.bound.get(bind.placeholder),
    ),
  );
  if (found === undefined) {
    throw new Refusal(404, { code: "not_found", message: `There is no such row of ${plan.parent.table.name}.` });
  }
  return found;
}

function patternsOf(state: TableState): Pattern[] {
  const { read } = state.plan.table;
  const listing: Pattern = { state, kind: "table", ...compile(read.path), params: read.params };
  const feed = state.plan.feed;
  return feed === undefined ? [listing] : [listing, { state, kind: "feed", ...compile(feed.path), params: {} }];
}

function compile(path: string): { segments: RegExp[]; placeholders: string[] } {
  const placeholders: string[] = [];
  const segments = path
    .replace(/^\//, "")
    .split("/")
    .map((segment) => {
      const parts = segment.split(/(\{[^{}]+\})/).map((part) => {
        if (!part.startsWith("{")) return part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
        placeholders.push(part.slice(1, -1));
        return "([\\s\\S]+)";
      });
      return new RegExp(`^${parts.join("")}$`);
    });
  return { segments, placeholders };
}

/** `/orders/open` before `/orders/{id}`; of two equal paths, the one with more parameters of its own. */
function mostSpecificFirst(a: Pattern, b: Pattern): number {
  return a.placeholders.length - b.placeholders.length || Object.keys(b.params).length - Object.keys(a.params).length;
}

function address(pattern: Pattern): string {
  return pattern.segments.map((segment) => segment.source).join("/");
}

function checkDistinct(patterns: readonly Pattern[]): void {
  const seen = new Map<string, Pattern>();
  for (const pattern of patterns) {
    const identity = JSON.stringify([address(pattern), Object.entries(pattern.params).sort()]);
    const other = seen.get(identity);
    if (other !== undefined) {
      throw unfit(
        pattern.state.plan.table.name,
        `it is read from the same address as ${other.state.plan.table.name}`,
        "Tables on one path need params that tell them apart.",
      );
    }
    seen.set(identity, pattern);
  }
}

/** Tables on one path are told apart by their parameters; a path of its own needs none. */
function chosenBy(pattern: Pattern, request: { queryOf: QueryOf; patterns: readonly Pattern[] }): boolean {
  const rivals = request.patterns.filter((other) => address(other) === address(pattern));
  if (rivals.length === 1) return true;
  const query = request.queryOf(pattern.state.plan);
  return Object.entries(pattern.params).every(([name, value]) => query.get(name) === value);
}

function match(pattern: Pattern, segments: readonly string[]): Map<string, string> | undefined {
  if (segments.length !== pattern.segments.length) return undefined;
  const values: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const found = pattern.segments[index]?.exec(segment);
    if (!found) return undefined;
    values.push(...found.slice(1));
  }
  return new Map(pattern.placeholders.map((name, index) => [name, values[index] ?? ""]));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw new Refusal(400, { code: "bad_path", message: "The path is not percent-encoded correctly." });
  }
}
