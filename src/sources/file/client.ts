/** The client part of connectors of files. */
import { fileURLToPath } from "node:url";
import { type Blueprint, blueprintOf } from "../../artifacts/blueprint.ts";
import { UserError } from "../../errors.ts";
import type { ClientPart, PythonModule } from "../../python/client-part.ts";
import { CLIENT_TEMPLATES } from "../../python/client-templates.ts";
import { globalNames } from "../../python/modules.ts";
import { hashTemplates, render } from "../../python/render.ts";
import { completeFile, type FileBlueprint } from "./configuration.ts";
import { capturedParts } from "./pattern.ts";
import { clientTests } from "./python/tests.ts";
import { savedDoc, viewOf } from "./python/view.ts";

const TEMPLATES = [fileURLToPath(new URL("./python/templates", import.meta.url)), CLIENT_TEMPLATES];

/** As the environment's lock has them; pyarrow's newest does not run on Python 3.10 any more. */
const PACKAGES = {
  s3: ["boto3==1.44.5"],
  sftp: ["paramiko==5.1.0"],
  parquet: ['pyarrow==25.0.1; python_version < "3.11"', 'pyarrow==26.0.1; python_version >= "3.11"'],
};

export async function fileClient(blueprint: Blueprint, _options: { single: boolean }): Promise<ClientPart> {
  const own = blueprintOf(blueprint, "file");
  refuseImpossible(own);
  const view = viewOf(own, TEMPLATES);
  const modules: PythonModule[] = [
    { name: "files", heading: "Access to the files", content: render(TEMPLATES, "files.py", view) },
    { name: "reading", heading: "Tables and records", content: render(TEMPLATES, "reading.py", view) },
  ];
  const { store } = own.source;
  return {
    modules,
    clientModule: "files",
    names: globalNames(modules),
    values: "json",
    nestedDecimals:
      view.decimals ||
      (view.formats.parquet && own.tables.some(({ columns }) => columns.some(({ type }) => type === "json"))),
    offers: { changes: view.changes, deletes: false, flags: view.any_following },
    savedDoc: savedDoc(view),
    configuration: completeFile(own.source).configuration,
    requirements: [
      ...(store === "s3" || store === "sftp" ? PACKAGES[store] : []),
      ...(view.formats.parquet ? PACKAGES.parquet : []),
    ],
    tests: clientTests(own, { view, templates: TEMPLATES }),
  };
}

export async function fileTemplatesHash(): Promise<string> {
  return hashTemplates(...TEMPLATES);
}

function refuseImpossible({ tables }: FileBlueprint): void {
  for (const { name, read, advance, deletes, primary_key } of tables) {
    const parts = capturedParts(read.pattern);
    if (parts.join() !== read.captured.join())
      throw new UserError(
        `${name}: the pattern ${read.pattern} captures ${parts.join(", ") || "nothing"}, the blueprint says ${read.captured.join(", ") || "nothing"}.`,
      );
    if (new Set(parts).size < parts.length)
      throw new UserError(`${name}: the pattern ${read.pattern} captures two parts of the same name.`);
    const byPlace = primary_key.join() === "_file,_line";
    if (deletes.kind === "files" && (advance.kind !== "files" || !byPlace))
      throw new UserError(
        `${name}: rows of files that are gone can be deleted only where files are read as they change, and the key is _file and _line.`,
        { hint: "State deletes: {kind: none}, or incremental: none with deletes: {kind: absence}." },
      );
    if (deletes.kind === "files" && advance.kind === "files" && advance.by === "name")
      throw new UserError(`${name}: files that are never changed do not get shorter.`, {
        hint: "State incremental: {kind: files, by: modified}, or deletes: {kind: none}.",
      });
    if (deletes.kind === "flag" || deletes.kind === "feed")
      throw new UserError(`${name}: deletes of files cannot show by ${deletes.kind}.`, {
        hint: "They can be none, absence (with incremental: none) or files.",
      });
  }
}
