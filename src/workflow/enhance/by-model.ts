/** A model's part: it makes the smallest change that does what is asked for, to what is known of the source or to the code. */
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Blueprint } from "../../artifacts/blueprint.ts";
import { blueprintOf, researchProblems } from "../../research/gate.ts";
import { apiDocument } from "../../sources/api-document.ts";
import { listFiles, readText, writeAtomically } from "../../system/files.ts";
import type { GeneratedFile } from "../../targets/target.ts";
import { NOT_FILES } from "../../tools/list-files.ts";
import { toolsets } from "../../tools/toolsets.ts";
import { blueprintForModel } from "../../wording/blueprint.ts";
import { reportForModel } from "../../wording/report.ts";
import { connectorDesk, researchDesk, resolveCredentials } from "../desks.ts";
import { codePaths, restore } from "../fix-refine.ts";
import { forgetRounds } from "../fixes.ts";
import { lockedCode } from "../generate.ts";
import { allPatches, patchesSince, readRefinement, writeRefinement } from "../patches.ts";
import { refine, whyUnfinished } from "../refine.ts";
import type { RunContext } from "../run.ts";
import { needBlueprint, needRequirements, type StepContext } from "../step.ts";
import type { Wanted } from "./request.ts";

const CODE_KEPT = "enhancing.json";

/** Why nothing was changed; undefined when something was. */
export async function changeByModel(onBench: RunContext, wanted: Wanted): Promise<string | undefined> {
  const { store, services } = onBench;
  const agent = services.agent;
  if (agent === undefined) throw new Error("There is no model.");
  const context: StepContext = { ...onBench, round: 1 };
  const requirements = await needRequirements(context);
  const isOurs = requirements.spec.adopted === undefined;
  const blueprint = await needBlueprint(context);
  const earlier = await allPatches(store);
  const files = await filesBefore(context);
  await resolveCredentials(context, requirements).catch(() => undefined);
  const research = await researchDesk(context, { keepsTables: true });
  // What fixes have changed is known to no notebook; a killed conversation's proposal stays as it is.
  if (files.fresh) await restore(research.notebook, blueprint);
  const connector = await connectorDesk(context, { locked: lockedCode });
  const patches = async () => patchesSince(files.before, store.directory, await codePaths(store.directory));
  const proposed = () => isOurs && !isDeepStrictEqual(plain(blueprint), plain(research.notebook.proposal()));
  let declined: string | undefined;
  const gate = async () => {
    if (!proposed() && (await patches()).length === 0)
      return ["Nothing has changed: make the change, or decline_change with the reason why it cannot be made."];
    const blockers = (await connector.lint()).filter(({ severity }) => severity === "blocker");
    return [
      ...(proposed() ? await researchProblems(research.notebook, requirements) : []),
      ...blockers.map(({ file, line, message, mend }) => `Lint blocks ${file}:${line}: ${message} ${mend}`),
    ];
  };
  const outcome = await refine(context, {
    agent,
    step: "enhance",
    inputs: { wanted: wanted.text, blueprint, files: files.before },
    variables: {
      request: wanted.text,
      whose: isOurs ? OURS : ADOPTED,
      files: await filesInWords(store.directory),
      blueprint: blueprintForModel(blueprint),
      report: await reportInWords(context),
    },
    tools: toolsets.enhance({
      research,
      own: isOurs,
      connector,
      skills: agent,
      person: agent,
      gate: { gate },
      decline: {
        decline: async (reason) => {
          declined = reason;
        },
      },
    }),
    gate,
  });
  if (declined !== undefined) return `the model declined: ${declined}`;
  const why = whyUnfinished(outcome);
  if (why !== undefined) return `the model did not finish: ${why}`;
  await settle(context, {
    ...(proposed() ? { blueprint: blueprintOf(research.notebook) } : { blueprint }),
    renewed: proposed(),
    patches: [...earlier, ...(await patches())],
  });
  return undefined;
}

const OURS =
  "Syncsmith wrote it, and writes it again from the blueprint: what the blueprint can say (tables, columns, types, keys, paging, how a table advances, lookback, deletes) is changed there by `propose_blueprint`, and the files follow by themselves. Edit code only for what no field of the blueprint can say; such edits are kept on top of what is generated.";
const ADOPTED =
  "Somebody else wrote it; you work on a copy, and its author gets a patch. Change its files, in its author's style, and nothing that the request does not need. The blueprint is a description of the source that the person gave: it says what the connector is held against, and is not changed here.";

function plain(blueprint: object | undefined): unknown {
  const { claims: _, ...rest } = (blueprint ?? {}) as Record<string, unknown>;
  return rest;
}

/** The code as it was when the conversation began, across kills. */
async function filesBefore({ store }: StepContext): Promise<{ before: GeneratedFile[]; fresh: boolean }> {
  const text = await readText(store.path(CODE_KEPT));
  if (text !== undefined) return { before: JSON.parse(text) as GeneratedFile[], fresh: false };
  const paths = await codePaths(store.directory);
  const before = await Promise.all(
    paths.map(async (path) => ({ path, content: (await readText(join(store.directory, path))) ?? "" })),
  );
  await store.write(CODE_KEPT, before);
  return { before, fresh: true };
}

async function filesInWords(directory: string): Promise<string> {
  const paths = await listFiles(directory, NOT_FILES);
  const lines = paths.map(async (path) => {
    const text = (await readText(join(directory, path))) ?? "";
    return `${path} (${text.split("\n").length} lines)`;
  });
  return (await Promise.all(lines)).join("\n");
}

async function reportInWords({ store }: StepContext): Promise<string> {
  const report = await store.readReport();
  return report === undefined ? "There is none yet." : reportForModel(report);
}

interface Settling {
  blueprint: Blueprint;
  renewed: boolean;
  patches: Awaited<ReturnType<typeof allPatches>>;
}

/** From here on the connector is at round 1 again, with what fixes and earlier changes had come to. */
async function settle({ store, services }: StepContext, { blueprint, renewed, patches }: Settling): Promise<void> {
  const drafted = (await readRefinement(store))?.drafted ?? "enhanced";
  await forgetRounds(store);
  await store.write("blueprint.json", blueprint);
  if (patches.length > 0) await writeRefinement(store, { drafted, patches, fixes: 0 });
  if (!renewed) return;
  const { openNotebook } = await import("../../research/notebook.ts");
  const notebook = await openNotebook(store.path(), { now: services.now });
  const document = apiDocument({ blueprint, evidence: notebook.evidence(), pages: notebook.pages() });
  await writeAtomically(resolve(store.directory, `${blueprint.name}_api_doc.md`), document);
}
