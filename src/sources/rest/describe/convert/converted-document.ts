/** What a conversion leaves of a document: the text that is stored, and the description that is read. */
import type { Conversion, JsonObject } from "../../../http/describe/pointer.ts";

export interface ConvertedDocument {
  /** The original without its secrets, which is what evidence quotes. */
  text: string;
  /** An OpenAPI 3.1 description. */
  root: JsonObject;
  conversion: Conversion;
}
