/** The database in the tests that a connector ships with. */
import { fileURLToPath } from "node:url";
import type { Blueprint } from "../../../artifacts/blueprint.ts";
import { blueprintOf } from "../../../artifacts/blueprint.ts";
import { expression, pythonLiteral } from "../../../python/python-literal.ts";
import { render } from "../../../python/render.ts";
import type { KeptParts } from "../../kind.ts";

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));

/** A file can be made again of SQL; a server cannot. */
export function whyNotKept(blueprint: Blueprint): string | undefined {
  const { engine } = blueprintOf(blueprint, "database").source;
  return engine === "sqlite" ? undefined : "reading its rows takes a server of the database";
}

export function keptModule({ configuration }: KeptParts): string {
  return render(TEMPLATES, "contract/source.py", {
    configuration: pythonLiteral({ ...configuration, path: expression("str(path)") }),
  });
}
