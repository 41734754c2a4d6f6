/** Answers to questions, before it is known under which key they are filed. */
import type { RestBlueprint as Blueprint } from "../../../artifacts/blueprint.ts";
import type { ProbeFinding } from "../../live.ts";
import type { Looked } from "../live/look.ts";

export type Found = Omit<ProbeFinding, "key" | "question">;

export interface Remedy {
  instead?: string;
  corrected?: Blueprint;
}

export function confirms(says: string, asked: readonly Looked[]): Found {
  return { verdict: "confirms", says, exchanges: exchangesOf(asked) };
}

export function silent(says: string, asked: readonly Looked[]): Found {
  return { verdict: "silent", says, exchanges: exchangesOf(asked) };
}

export function refutes(says: string, asked: readonly Looked[], remedy: Remedy = {}): Found {
  return { verdict: "refutes", says, exchanges: exchangesOf(asked), ...remedy };
}

function exchangesOf(asked: readonly Looked[]): Found["exchanges"] {
  return [...new Set(asked)].map(({ exchange }) => exchange);
}

/** At most `most` of the names, and how many there are beyond. */
export function some(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** What an answer that is no success says of itself, one line. */
export function complaint({ exchange, text }: Pick<Looked, "exchange" | "text">): string {
  const words = /"(?:message|error_description|detail|title|error)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(exchange.body)?.[1];
  const shown = (words ?? (text.startsWith("<") ? "" : exchange.body)).replace(/\s+/g, " ").trim().slice(0, 120);
  return shown === "" ? `status ${exchange.status}` : `status ${exchange.status} (${shown})`;
}
