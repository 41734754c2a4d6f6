/**
 * Canonical text of a nested value whose shape is known, the same whether it is as the source sent it or went through a
 * struct: a struct cannot tell a field that is null from an absent one, and holds a decimal or a time as such, however it was
 * written. Fields that the shape does not know are kept, so that one which was lost shows.
 */
import { isLosslessNumber, parse } from "lossless-json";
import type { Shape } from "../artifacts/blueprint.ts";
import { canonicalText } from "./canonical.ts";
import { keepsDigits } from "./text.ts";

/** The text as it is where it is no JSON. */
export function canonicalShaped(text: string, shape: Shape): string {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return text;
  }
  return JSON.stringify(shaped(value, shape));
}

function shaped(value: unknown, shape: Shape | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) {
    const items = shape?.kind === "list" ? shape.items : undefined;
    return value.map((item) => shaped(item, items));
  }
  if (isLosslessNumber(value) || typeof value !== "object") return leaf(value, shape);
  const known = new Map(shape?.kind === "object" ? shape.fields.map((field) => [field.name, field.shape]) : []);
  const members = Object.entries(value).map(([name, member]) => [name, shaped(member, known.get(name))] as const);
  const there = members.filter(([, member]) => member !== null).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(there);
}

/** As text with its type before it: the text "1" and the number 1 are two things where nothing says that they are one. */
function leaf(value: unknown, shape: Shape | undefined): string {
  const text = String(value);
  if (shape?.kind !== "value" || shape.type === "json") {
    // A number that JSON cannot hold everywhere is text here as well (see `json-text.ts`).
    return isLosslessNumber(value) && (/^-?\d+$/.test(text) || keepsDigits(text))
      ? `number ${canonicalText(text, "decimal")}`
      : `string ${text}`;
  }
  return `${shape.type} ${canonicalText(text, shape.type)}`;
}
