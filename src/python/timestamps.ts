/**
 * The module `timestamps` of generated connectors: reading times as sources write them. A client part may need it for
 * cursors, a shell for columns; a connector has it once, with what either of them needs.
 */
import { fileURLToPath } from "node:url";
import type { ClientPart, PythonModule, TimestampName } from "./client-part.ts";
import { render } from "./render.ts";

/** Where this module's template is; part of what makes generated code stale. */
export const TIMESTAMPS_TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));

const NAME = "timestamps";

/** The module with these names in it. */
export function timestampsModule(names: readonly TimestampName[]): PythonModule {
  const has = (name: TimestampName) => names.includes(name);
  const view = {
    iso: has("parse_timestamp") || has("parse_utc") || has("ISO_TIMESTAMP"),
    iso_utc: has("parse_utc"),
    epoch: has("parse_epoch_seconds") || has("parse_epoch_milliseconds") || has("EPOCH"),
    epoch_seconds: has("parse_epoch_seconds"),
    epoch_milliseconds: has("parse_epoch_milliseconds"),
  };
  return { name: NAME, heading: "Times", content: render(TIMESTAMPS_TEMPLATES, "timestamps.py", view) };
}

/** The modules of a client part, with a module `timestamps` that has these names besides those that the part needs. */
export function withTimestamps(client: ClientPart, names: readonly TimestampName[]): PythonModule[] {
  const others = client.modules.filter(({ name }) => name !== NAME);
  const all = [...new Set([...(client.timestamps ?? []), ...names])];
  return all.length === 0 ? others : [timestampsModule(all), ...others];
}
