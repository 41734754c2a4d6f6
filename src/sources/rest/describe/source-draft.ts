/** The part of the blueprint that is about the source as a whole. */
import type { Auth } from "../../../artifacts/auth.ts";
import type { RestBlueprint as Blueprint } from "../../../artifacts/blueprint.ts";
import type { RequirementsOf } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import { withConfigurationKeys } from "../../http/describe/configuration.ts";
import type { DescriptionDocument } from "../../http/describe/pointer.ts";
import { type Claimed, type DraftTable, documented, type SourceClaims, unproven } from "./draft.ts";
import type { Drafts } from "./draft-tables.ts";
import type { Operation } from "./operations.ts";
import { findRateLimit } from "./rate-limit.ts";
import { findAuth, type SecurityResult } from "./security.ts";
import { normalBase } from "./servers.ts";

/** The spec's base address, else the first description's. Throws `UserError` where there is neither. */
export function baseUrl(requirements: RequirementsOf<"rest">, drafts: Drafts): Claimed<string> {
  const stated = requirements.spec.source.base_url;
  if (stated !== undefined) {
    return { value: normalBase(stated) ?? stated, claim: documented([{ spec: "/source/base_url" }]) };
  }
  if (drafts.base !== undefined) return drafts.base;
  const named = drafts.descriptions.map((document) => document.address).join(", ") || "The spec";
  throw new UserError(`${named} names no complete address of the API.`, {
    hint: "State `base_url` under `source` in the spec, for example https://api.example.com/v1.",
  });
}

export interface SourceDraft {
  source: Blueprint["source"];
  claims: SourceClaims;
  custom: string[];
}

/** The source as `tables` need it: authentication, headers and limit, each with its claim. */
export function sourceOf(
  requirements: RequirementsOf<"rest">,
  { drafts, tables, base }: { drafts: Drafts; tables: DraftTable[]; base: Claimed<string> },
): SourceDraft {
  const stated = requirements.spec.source;
  const operations = tables.flatMap((table) => table.listing?.operation ?? []);
  const main = drafts.descriptions.find((document) => operations.some((one) => one.document === document));
  const found = authOf(stated.auth, { main, operations, base: base.value });
  const limit =
    stated.rate_limit === undefined
      ? drafts.descriptions.map(findRateLimit).find((one) => one !== undefined)
      : { value: stated.rate_limit, claim: documented([{ spec: "/source/rate_limit" }]) };
  const headers = headersOf(tables);
  return {
    source: {
      kind: "rest",
      base_url: base.value,
      auth: found.value,
      headers: { ...headers.values, ...stated.headers },
      ...(limit === undefined ? {} : { rate_limit: limit.value }),
    },
    claims: { base_url: base.claim, auth: found.claim, ...(limit === undefined ? {} : { rate_limit: limit.claim }) },
    custom: [...found.custom, ...headers.conflicts],
  };
}

function authOf(
  stated: Auth | undefined,
  { main, operations, base }: { main: DescriptionDocument | undefined; operations: Operation[]; base: string },
): SecurityResult {
  if (stated !== undefined) {
    return { value: withConfigurationKeys(stated), claim: documented([{ spec: "/source/auth" }]), custom: [] };
  }
  if (main === undefined) {
    const reason =
      "Neither the spec nor a description says how to authenticate; requests are sent without credentials.";
    return { value: { kind: "none" }, claim: unproven(reason), custom: [] };
  }
  const own = operations.filter((operation) => operation.document === main);
  return findAuth(main, own, base);
}

/** Headers are sent with every request, so tables must agree on them; a dialect of JSON is asked for by name. */
function headersOf(tables: readonly DraftTable[]): { values: Record<string, string>; conflicts: string[] } {
  const values: Record<string, string> = {};
  const conflicts: string[] = [];
  const media = new Set(tables.flatMap((table) => table.listing?.media.split(";")[0]?.trim() ?? []));
  const [only] = media;
  if (media.size === 1 && only !== undefined && /^application\/(?!json$)[\w.+-]+$/.test(only)) values.Accept = only;
  for (const table of tables) {
    for (const [name, value] of Object.entries(table.listing?.headers ?? {})) {
      const known = values[name];
      if (known !== undefined && known !== value)
        conflicts.push(`${table.name} wants the header ${name}: ${value}, other tables ${known}.`);
      else values[name] = value;
    }
  }
  return { values, conflicts };
}
