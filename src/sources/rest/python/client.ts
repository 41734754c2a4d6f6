/** The part of a connector that talks to a REST API, written from a blueprint by templates. */
import { fileURLToPath } from "node:url";
import type { RestBlueprint } from "../../../artifacts/blueprint.ts";
import { withBoundColumns } from "../../../python/bound-columns.ts";
import type { ClientPart, PythonModule } from "../../../python/client-part.ts";
import { CLIENT_TEMPLATES } from "../../../python/client-templates.ts";
import { globalNames } from "../../../python/modules.ts";
import { hashTemplates, render, templateConstants } from "../../../python/render.ts";
import { TIMESTAMPS_TEMPLATES, timestampsModule } from "../../../python/timestamps.ts";
import { configurationKeys } from "../../http/python/access.ts";
import { examplesOf } from "./examples.ts";
import { savedDoc } from "./reading-view.ts";
import { type View, viewOf } from "./view.ts";

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));
/** Of what REST and GraphQL have in common. */
const HTTP_TEMPLATES = fileURLToPath(new URL("../../http/python/templates", import.meta.url));
const OWN = [TEMPLATES, HTTP_TEMPLATES, CLIENT_TEMPLATES];
const ALL = [...OWN, TIMESTAMPS_TEMPLATES];

/** Throws `UserError` for a blueprint that no connector can be written for. */
export function clientRest(stated: RestBlueprint): ClientPart {
  const blueprint = withBoundColumns(stated);
  const view = viewOf(blueprint, templateConstants(...ALL));
  const modules = modulesOf(view);
  const examples = { ...view, ...examplesOf(blueprint, view) };
  return {
    modules,
    clientModule: "api",
    names: globalNames(modules),
    values: "json",
    nestedDecimals: view.decimals,
    offers: { changes: view.advancing, deletes: view.any_feed, flags: view.any_flag },
    repeats: view.pages_progress,
    savedDoc: savedDoc(blueprint.tables),
    configuration: configurationKeys(blueprint),
    timestamps: view.timestamps,
    // requests is part of every target's runtime.
    requirements: [],
    tests: ["test_api", "test_reading"].map((name) => ({
      path: `tests/${name}.py`,
      content: render(TEMPLATES, `tests/${name}.py`, examples),
    })),
  };
}

/** Changes when the client part's templates do: generated code is stale then. */
export async function restTemplatesHash(): Promise<string> {
  return hashTemplates(...ALL);
}

function modulesOf(view: View): PythonModule[] {
  const module = (name: string, heading: string): PythonModule => ({
    name,
    heading,
    content: render(OWN, `${name}.py`, view),
  });
  return [
    ...(view.timestamps.length > 0 ? [timestampsModule(view.timestamps)] : []),
    module("api", "Access to the API"),
    ...(view.any_cursor ? [module("cursors", "Cursors")] : []),
    module("reading", "Tables, and how they are read"),
  ];
}
