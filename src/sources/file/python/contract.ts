/** Files in the tests that a connector ships with. */
import { fileURLToPath } from "node:url";
import { blueprintOf } from "../../../artifacts/blueprint.ts";
import { expression, pythonLiteral } from "../../../python/python-literal.ts";
import { render } from "../../../python/render.ts";
import type { KeptParts } from "../../kind.ts";

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));

/** They are had by HTTP, or can be put into a folder or behind a server again. */
export function whyNotKept(): undefined {}

/** Of a folder or an SFTP server: what is had by HTTP is kept as answers. */
export function keptModule({ blueprint, configuration, files, max_requests }: KeptParts): string {
  const { source } = blueprintOf(blueprint, "file");
  if (source.store === "local") {
    const path = expression("self._folder.name");
    return render(TEMPLATES, "contract/folder.py", { configuration: pythonLiteral({ ...configuration, path }) });
  }
  const made = ["host", "port", "host_key", "private_key"];
  const stated = Object.fromEntries(Object.entries(configuration).filter(([key]) => !made.includes(key)));
  return render(TEMPLATES, "contract/sftp.py", {
    configuration: pythonLiteral(stated),
    credentials: source.credentials,
    base64: files.some(({ content }) => content.includes('"base64": "')),
    max_requests,
  });
}
