/** The connector's code as modules, the client part's own among them. */
import { fileURLToPath } from "node:url";
import type { Blueprint } from "../../../artifacts/blueprint.ts";
import type { ClientPart, PythonModule } from "../../../python/client-part.ts";
import { render } from "../../../python/render.ts";
import { withTimestamps } from "../../../python/timestamps.ts";
import { viewOf } from "./view.ts";

/** Part of what makes generated code stale. */
export const LAKEFLOW_TEMPLATES = fileURLToPath(new URL("../templates", import.meta.url));

/** In the order in which one file has to define them. */
export function connectorModules(blueprint: Blueprint, client: ClientPart): PythonModule[] {
  const view = viewOf(blueprint, client);
  return [
    ...withTimestamps(client, view.time_readers),
    { name: "schemas", heading: "Schemas and rows", content: render(LAKEFLOW_TEMPLATES, "schemas.py", view) },
    { name: blueprint.name, heading: "The connector", content: render(LAKEFLOW_TEMPLATES, "connector.py", view) },
  ];
}
