/** Files in the tests that a connector ships with. */
import { fileURLToPath } from "node:url";
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import { expression, pythonLiteral } from "../../../python/python-literal.ts";
import { render } from "../../../python/render.ts";

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));

/** A folder can be filled again; a server that hands files out cannot. */
export function whyNotKept(blueprint: Blueprint): string | undefined {
  const { store } = blueprintOf(blueprint, "file").source;
  return store === "local" ? undefined : "reading its files takes a server that hands them out";
}

export function keptModule(configuration: Readonly<Record<string, string>>): string {
  return render(TEMPLATES, "contract/source.py", {
    configuration: pythonLiteral({ ...configuration, path: expression("self._folder.name") }),
  });
}
