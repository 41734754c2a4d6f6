/** Reads what a spec lists under `docs`: fetch or open, tell the format, parse. */
import { createHash } from "node:crypto";
import type { GraphqlDescription } from "../../http/describe/graphql-schema.ts";
import type { DescriptionDocument } from "../../http/describe/pointer.ts";
import { readText } from "../../http/describe/read-text.ts";
import type { DescribeContext } from "../../kind.ts";
import { type DescriptionFormat, recognise } from "./formats.ts";

/** A machine-readable description, or a page of prose that is kept for a reader. */
export type SourceDocument =
  | (DescriptionDocument & { format: DescriptionFormat })
  | ({ format: "graphql"; address: string; text: string; hash: string } & GraphqlDescription)
  | { format: "prose"; address: string; text: string; hash: string };

/** Reads every entry, in order. Throws `UserError` naming the entry that cannot be read. */
export async function readDocuments(docs: readonly string[], context: DescribeContext): Promise<SourceDocument[]> {
  const documents: SourceDocument[] = [];
  for (const entry of docs) documents.push(await readDocument(entry, context));
  return documents;
}

/** Throws `UserError` when the entry cannot be read, or is a description that is malformed or unknown. */
export async function readDocument(entry: string, context: DescribeContext): Promise<SourceDocument> {
  context.signal.throwIfAborted();
  const raw = await readText(entry, context);
  const found = recognise(raw);
  const document = found ?? { format: "prose" as const, text: raw.text };
  return { ...document, address: raw.address, hash: createHash("sha256").update(document.text).digest("hex") };
}
