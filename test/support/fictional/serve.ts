/**
 * Serves one of the fictional sources until it is killed:
 * `npx tsx test/support/fictional/serve.ts harbour|orchard|tide [--port N] [--spec FILE] [--stated FILE]`
 *
 * `--spec` writes the spec that leaves everything to the documentation, `--stated` the one that states everything.
 * Prints the address and, as shell lines, the variables that the spec refers to.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { FICTIONAL, type FictionalName, statedSpec } from "./sources.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: "string" }, spec: { type: "string" }, stated: { type: "string" } },
});
const name = positionals[0] as FictionalName;
if (!Object.hasOwn(FICTIONAL, name ?? "")) throw new Error(`Name one of ${Object.keys(FICTIONAL).join(", ")}.`);
const source = await FICTIONAL[name]({ port: Number(values.port ?? 0) });
if (values.spec !== undefined) await writeFile(values.spec, stringify(source.spec()));
if (values.stated !== undefined) await writeFile(values.stated, await statedSpec(name, source.baseUrl));
const variables = Object.entries(source.environment).map(([variable, value]) => `export ${variable}='${value}'\n`);
process.stdout.write(`# ${source.baseUrl}\n${variables.join("")}`);
