/** The tools for connectors that are there, over desks laid out for this workspace. */
import { basename, join, resolve } from "node:path";
import type { Tool } from "../../agent/tool.ts";
import { UserError } from "../../errors.ts";
import { readText, sha256 } from "../../system/files.ts";
import { type AdoptDesk, adoptConnector } from "../../tools/adopt-connector.ts";
import { askConnector, type QuestionDesk } from "../../tools/ask-connector.ts";
import type { BuildResult, LoadedForBuild } from "../../tools/build-connector.ts";
import { type EnhanceDesk, enhanceConnector } from "../../tools/enhance-connector.ts";
import { type FixDesk, fixConnector } from "../../tools/fix-connector.ts";
import { enhancementLines } from "../../wording/enhancement.ts";
import type { EnhanceResult } from "../../workflow/enhance/enhance.ts";
import { wantedOf } from "../../workflow/enhance/request.ts";
import { CHANGES } from "../../workflow/original.ts";
import { needRequirements } from "../../workflow/step.ts";
import { ARTIFACTS } from "../../workflow/store.ts";
import { draftSpec, folderToAdopt } from "../adoption.ts";
import type { BuildRun } from "../building.ts";
import { askWork, enhanceWork, fixWork, type Work } from "../changing.ts";
import { SPECS } from "../secrets.ts";
import { ownStoreOf } from "../standing.ts";
import { learn, loadForBuild } from "../workspace.ts";
import type { ChatHands } from "./hands.ts";
import type { ChatToolsOptions } from "./tools.ts";

export function changingTools(options: ChatToolsOptions, hands: ChatHands): Tool[] {
  return [
    adoptConnector(adoptDesk(options, hands)),
    enhanceConnector(enhanceDesk(options, hands)),
    fixConnector(fixDesk(options, hands)),
    askConnector(questionDesk(options, hands)),
  ];
}

function adoptDesk({ context, redactor, model }: ChatToolsOptions, { approve, focus, note }: ChatHands): AdoptDesk {
  const seen =
    model === undefined ? [] : [`shown to ${model.id} at ${model.host}: its files, but those that hold values`];
  return {
    approve,
    locate: (adopting) => folderToAdopt(context, adopting),
    alsoMeans: seen,
    draft: async (adopting, signal) => {
      const specs = join(resolve(context.workspace), SPECS);
      const drafted = await draftSpec(context, adopting, { specs, onNote: (text) => note(`  ${text}`, "dim"), signal });
      redactor.add(...drafted.secrets);
      focus.folder = adopting.directory;
      return drafted;
    },
    next: "list_files and read_file show its files from now on: complete the spec from them and from its documentation, and ask for what neither tells. Then propose_spec with the whole, and build_connector, which proves it as it is.",
    redact: redactor.redact,
  };
}

/** The connector as it was built, and what its spec refers to is shown to nobody. */
async function loadPresent(options: ChatToolsOptions, connector: string): Promise<LoadedForBuild> {
  const store = await ownStoreOf(options.context, connector);
  const { spec, spec_address: path } = await needRequirements({ store });
  const hash = sha256(JSON.stringify(spec));
  await learn(options, path, JSON.stringify(spec));
  return { path, hash, spec, directory: store.directory };
}

interface Running extends Pick<LoadedForBuild, "directory" | "path">, Pick<BuildRun, "ofConversation"> {
  work: Work;
}

/** Runs it, and from then on that connector is meant. */
function runIt({ model }: ChatToolsOptions, { run, focus }: ChatHands) {
  return async ({ path, ...running }: Running, signal: AbortSignal): Promise<BuildResult> => {
    const { directory } = running;
    const result = await run({ ...running, spec: path, model: model?.id ?? "none" }, signal);
    Object.assign(focus, { connector: basename(directory), folder: undefined });
    return result;
  };
}

function enhanceDesk(options: ChatToolsOptions, hands: ChatHands): EnhanceDesk {
  const { context, redactor, model } = options;
  return {
    approve: hands.approve,
    model,
    redact: redactor.redact,
    load: async ({ connector, what, spec }) => {
      const present = await loadPresent(options, connector);
      const changed =
        spec === undefined ? {} : { ...(await loadForBuild(context, spec)), directory: present.directory };
      const loaded = { ...present, ...changed };
      await learn(options, loaded.path, JSON.stringify(loaded.spec));
      // Words and nothing else: a path in them would have us read whatever file a model names.
      return { ...loaded, wanted: what === undefined ? undefined : wantedOf(what), changed: spec !== undefined };
    },
    enhance: async ({ what }, { directory, path, changed }, signal) => {
      const wanted = what === undefined ? {} : { wanted: wantedOf(what) };
      const ended: { result?: EnhanceResult } = {};
      const work = enhanceWork({ ...wanted, ...(changed ? { spec: path } : {}) }, (result) => {
        ended.result = result;
      });
      const result = await runIt(options, hands)({ directory, path, work }, signal);
      const lines = ended.result === undefined ? [] : [...enhancementLines(ended.result), ...lossLines(ended.result)];
      for (const line of lines) hands.note(`  ${line}`, STYLES.find(([words]) => words.test(line))?.[1]);
      return { ...result, lines };
    },
  };
}

/** Rows that came before and do not come any more are given up by a person alone, where no model can say so for them. */
function lossLines({ enhancement: { outcome, behaviour } }: EnhanceResult): string[] {
  const isLost = behaviour.some(({ notices }) => notices.some(({ kind }) => kind === "loss"));
  return isLost && outcome === "red"
    ? ["Where those rows are not wanted any more: `syncsmith enhance` with --accept-loss takes it over all the same."]
    : [];
}

/** What somebody has to know first. */
const STYLES = [
  [/^\W*Rows are lost:/, "red"],
  [/^\W*(Needs a re-sync|Not sent any more):/, "yellow"],
  [/^Before and after/, "bold"],
] as const;

function fixDesk(options: ChatToolsOptions, hands: ChatHands): FixDesk {
  const { redactor, model } = options;
  return {
    approve: hands.approve,
    model,
    redact: redactor.redact,
    load: async (connector) => {
      const report = await (await ownStoreOf(options.context, connector)).readReport();
      if (report === undefined || report.green) {
        throw new UserError(
          report === undefined ? `${connector} has not been tested yet.` : `The report of ${connector} is green.`,
          { hint: report === undefined ? "Test it first: /test." : "There is nothing to mend; enhancing changes it." },
        );
      }
      return loadPresent(options, connector);
    },
    fix: async ({ directory, path }, signal) => {
      const result = await runIt(options, hands)({ directory, path, work: fixWork }, signal);
      const patch = join(directory, ARTIFACTS, CHANGES);
      if ((await readText(patch)) !== undefined) hands.note(`  For the original: ${patch} (patch -p1)`);
      return result;
    },
  };
}

function questionDesk(options: ChatToolsOptions, hands: ChatHands): QuestionDesk {
  return {
    ask: async (connector, question, signal) => {
      const { directory } = await ownStoreOf(options.context, connector);
      const { path } = await loadPresent(options, connector);
      const said: { answer?: string } = {};
      const work = askWork(question, (answer) => {
        said.answer = answer;
      });
      const { summary } = await runIt(options, hands)({ directory, path, work, ofConversation: true }, signal);
      return said.answer === undefined ? { why: summary } : { answer: said.answer };
    },
    redact: options.redactor.redact,
  };
}
