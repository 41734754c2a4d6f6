/** What lies beside the connector's code: its specification for the platform, its development files, its own tests. */
import { stringify } from "yaml";
import type { Blueprint, ConfigurationKey } from "../../../artifacts/blueprint.ts";
import type { ClientPart } from "../../../python/client-part.ts";
import type { PythonValue } from "../../../python/python-literal.ts";
import { render } from "../../../python/render.ts";
import type { GeneratedFile } from "../../target.ts";
import { LAKEFLOW_TEMPLATES } from "../generate/modules.ts";
import { className } from "../generate/view.ts";
import { ingestionOf } from "../ingestion.ts";
import { allowList } from "./facts.ts";

/** All files that are no code of the connector; Python among them is not formatted yet. */
export function extraFiles(blueprint: Blueprint, client: ClientPart): GeneratedFile[] {
  const keys = client.configuration ?? blueprint.configuration;
  return [
    { path: "connector_spec.yaml", content: connectorSpec(blueprint, keys) },
    { path: "configs/dev_config.json", content: developmentConfiguration(blueprint, keys) },
    { path: ".gitignore", content: render(LAKEFLOW_TEMPLATES, "gitignore", {}) },
    { path: "requirements.txt", content: requirements(client) },
    { path: "tests/__init__.py", content: render(LAKEFLOW_TEMPLATES, "tests/__init__.py", {}) },
    {
      path: "tests/test_connector.py",
      content: render(LAKEFLOW_TEMPLATES, "tests/test_connector.py", testView(blueprint, keys)),
    },
  ];
}

/**
 * `connector_spec.yaml`: what the connection's form asks for. There is one way to sign in, so parameters are flat; tokens
 * that a login gives are no parameters, the connector fetches them itself.
 */
function connectorSpec(blueprint: Blueprint, keys: readonly ConfigurationKey[]): string {
  const parameters = keys.map((key) => ({
    name: key.key,
    type: "string",
    required: key.required,
    ...(key.secret ? { secret: true } : {}),
    description: describe(key),
  }));
  return stringify(
    {
      display_name: blueprint.title,
      connection: { parameters },
      external_options_allowlist: allowList(blueprint),
    },
    { lineWidth: 120, defaultStringType: "PLAIN", defaultKeyType: "PLAIN" },
  );
}

function describe({ description, default: value }: ConfigurationKey): string {
  const words = description.replace(/\s+/g, " ").trim();
  return value === undefined ? words : `${words}${/[.!?]$/.test(words) ? "" : "."} Default: ${value}`;
}

/** References that say where a developer's own values are: no value is ever written here. */
function developmentConfiguration({ name }: Blueprint, keys: readonly ConfigurationKey[]): string {
  const prefix = name.toUpperCase().replace(/^_+/, "");
  const references = keys.map(({ key }) => [key, `\${env:${prefix}_${key.toUpperCase()}}`]);
  return `${JSON.stringify(Object.fromEntries(references), null, 2)}\n`;
}

/** pyspark is never among them: the cluster has its own. */
function requirements({ requirements: lines }: ClientPart): string {
  const kept = lines.filter((line) => !/^\s*pyspark\b/i.test(line));
  const text =
    kept.length > 0 ? kept : ["# Nothing to install: what the connector needs is part of the platform's runtime."];
  return `${text.join("\n")}\n`;
}

function testView(blueprint: Blueprint, keys: readonly ConfigurationKey[]) {
  const planned = blueprint.tables.map((table) => ({ name: table.name, ...ingestionOf(table) }));
  const deletes = planned.some(({ type }) => type === "cdc_with_deletes");
  const options: PythonValue = Object.fromEntries(
    keys.filter((key) => key.required).map((key) => [key.key, key.default ?? `test ${key.key}`]),
  );
  return {
    module: blueprint.name,
    class_name: className(blueprint.name),
    options,
    tables: planned.map(({ name, type, primaryKeys, cursorField }) => ({
      name,
      type,
      keys: primaryKeys,
      cursor: cursorField ?? null,
    })),
    deletes,
    without_deletes: deletes ? planned.filter(({ type }) => type !== "cdc_with_deletes").map(({ name }) => name) : [],
    incremental: planned.filter(({ type }) => type !== "snapshot").map(({ name }) => name),
  };
}
