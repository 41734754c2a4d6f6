/** The part of a connector that talks to a GraphQL API, written from a blueprint by templates. */
import { fileURLToPath } from "node:url";
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import { withBoundColumns } from "../../../python/bound-columns.ts";
import type { ClientPart, PythonModule } from "../../../python/client-part.ts";
import { CLIENT_TEMPLATES } from "../../../python/client-templates.ts";
import { globalNames } from "../../../python/modules.ts";
import { hashTemplates, render, templateConstants } from "../../../python/render.ts";
import { TIMESTAMPS_TEMPLATES, timestampsModule } from "../../../python/timestamps.ts";
import { configurationKeys } from "../../http/python/access.ts";
import { type View, viewOf } from "./view.ts";

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));
/** Of what REST and GraphQL have in common. */
const HTTP_TEMPLATES = fileURLToPath(new URL("../../http/python/templates", import.meta.url));
const OWN = [TEMPLATES, HTTP_TEMPLATES, CLIENT_TEMPLATES];
const ALL = [...OWN, TIMESTAMPS_TEMPLATES];

/** Throws `UserError` for a blueprint that no connector can be written for. */
export async function clientGraphql(stated: Blueprint): Promise<ClientPart> {
  const blueprint = withBoundColumns(blueprintOf(stated, "graphql"));
  const view = viewOf(blueprint, templateConstants(...ALL));
  const modules = modulesOf(view);
  return {
    modules,
    clientModule: "api",
    names: globalNames(modules),
    values: "json",
    nestedDecimals: view.decimals,
    offers: { changes: view.any_cursor, deletes: false, flags: view.flag_values !== false },
    repeats: view.style.connection || view.style.offset,
    savedDoc: view.any_cursor ? ["- cursor: how far it was read, as the API writes it"] : [],
    configuration: configurationKeys(blueprint),
    timestamps: view.timestamps,
    // requests is part of every target's runtime.
    requirements: [],
    tests: ["test_api", "test_reading"].map((name) => ({
      path: `tests/${name}.py`,
      content: render(TEMPLATES, `tests/${name}.py`, testView(view)),
    })),
  };
}

/** Changes when the client part's templates do: generated code is stale then. */
export async function graphqlTemplatesHash(): Promise<string> {
  return hashTemplates(...ALL);
}

function modulesOf(view: View): PythonModule[] {
  return [
    ...(view.timestamps.length > 0 ? [timestampsModule(view.timestamps)] : []),
    { name: "api", heading: "Access to the API", content: render(OWN, "api.py", view) },
    ...(view.any_cursor
      ? [{ name: "cursors", heading: "Cursors", content: render(HTTP_TEMPLATES, "cursors.py", view) }]
      : []),
    { name: "reading", heading: "Tables, and how they are read", content: render(OWN, "reading.py", view) },
  ];
}

/** A configuration that passes, with a secret that no message may show. */
function testView(view: View): object {
  const values = Object.fromEntries(view.required.map(({ key }) => [key, view.secret_text || "value"]));
  const token = view.auth === "oauth" ? { access_token: "token-1" } : { token: "token-1" };
  return {
    ...view,
    table_names: view.tables.map(({ name }) => name),
    test_configuration: values,
    test_token: view.auth === "session" ? tokenAt(view.login.token_path ?? "token") : token,
  };
}

function tokenAt(path: string): object {
  return path.split(".").reduceRight<unknown>((inner, step) => ({ [step]: inner }), "token-1") as object;
}
