/** The plain values around a list of records: totals, cursors, addresses of further pages. */

import { snake } from "../../http/describe/names.ts";
import type { Located } from "../../http/describe/pointer.ts";
import type { Listing } from "./draft.ts";
import { placeOf, type SchemaRef, type Shape, shapeOf } from "./schema.ts";

/** A plain value in the envelope. `name` is snake_case. */
export interface Field {
  path: string;
  name: string;
  shape: Shape;
  node: Located | undefined;
}

const MAX_ENVELOPE_DEPTH = 3;

/** Plain values around the list; names with a full stop cannot be addressed by a dotted path and are passed over. */
export function envelopeFields(listing: Listing): Field[] {
  const answer = listing.operation.answer;
  const fields: Field[] = [];
  if ("reason" in answer) return fields;
  const visit = (ref: SchemaRef, path: string, depth: number): void => {
    const shape = shapeOf(ref);
    if (path !== "" && shape.properties.size === 0 && !shape.types.has("array")) {
      const name = path.slice(path.lastIndexOf(".") + 1);
      fields.push({ path, name: snake(name), shape, node: placeOf(ref) });
      return;
    }
    if (depth > MAX_ENVELOPE_DEPTH) return;
    for (const [name, inner] of shape.properties) {
      const at = path === "" ? name : `${path}.${name}`;
      if (!name.includes(".") && at !== listing.records.path) visit(inner, at, depth + 1);
    }
  };
  if (listing.records.path !== "") visit(answer.schema, "", 0);
  return fields;
}
