/** Looking into answers and changing them, with the digits of all other values kept. */
import { isLosslessNumber, parse, stringify } from "lossless-json";
import type { WholeAnswer } from "../gateway/exchange.ts";

/** Undefined for what is no JSON. */
export function bodyOf({ body }: Pick<WholeAnswer, "body">): unknown {
  try {
    return parse(body);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

export function withBody(answer: WholeAnswer, body: unknown): WholeAnswer {
  return { ...answer, body: stringify(body) ?? "" };
}

/** The value at a dotted path; undefined when there is none. A name with dots of its own is found as well. */
export function valueAt(body: unknown, path: string): unknown {
  if (path === "") return body;
  if (!isObject(body)) return undefined;
  if (path in body) return body[path];
  const [head = "", ...rest] = path.split(".");
  return rest.length > 0 && head in body ? valueAt(body[head], rest.join(".")) : undefined;
}

/** The body with a value set; objects on the way are made where they are missing. */
export function withValueAt(body: unknown, path: string, value: unknown): unknown {
  if (path === "") return value;
  const object = isObject(body) ? body : {};
  const [head = "", ...rest] = path in object ? [path] : path.split(".");
  return { ...object, [head]: withValueAt(object[head], rest.join("."), value) };
}

export function numberOf(value: unknown): number | undefined {
  const number = Number(isLosslessNumber(value) ? value.value : value);
  return value === null || value === undefined || value === "" || Number.isNaN(number) ? undefined : number;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}
