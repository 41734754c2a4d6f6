/** build_connector: takes a spec through all steps, after a person has seen what that means and said yes. */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { Approval, Approve } from "../agent/approval.ts";
import { defineTool, type Tool, type ToolOutput } from "../agent/tool.ts";
import type { Report } from "../artifacts/report.ts";
import { type Spec, webSpec } from "../artifacts/spec.ts";
import { ToolError } from "../errors.ts";
import { reportLines } from "./connector-status.ts";
import { credentialsSent, hostsIn, specLines } from "./spec-summary.ts";

export interface LoadedForBuild {
  /** Absolute. */
  path: string;
  /** SHA-256 of the file's text. */
  hash: string;
  spec: Spec;
  /** Where the connector's files go. */
  directory: string;
}

export interface BuildResult {
  outcome: "green" | "not-green" | "interrupted" | "error";
  /** One line. */
  summary: string;
  report: Report | undefined;
  /** Path of the report's page. */
  page: string;
}

/** For build_connector. */
export interface BuildDesk {
  /** A spec by its connector's name or by its path. Throws `UserError`. */
  load(spec: string): Promise<LoadedForBuild>;
  approve: Approve;
  /** Events are shown by whoever lays out the desk. `loaded` is what was approved. */
  build(loaded: LoadedForBuild, signal: AbortSignal): Promise<BuildResult>;
  /** Undefined when the steps run without a model. */
  model: { id: string; host: string } | undefined;
  redact(text: string): string;
}

export function buildConnector(desk: BuildDesk): Tool {
  return defineTool<{ spec: string }>({
    name: "build_connector",
    title: "Build connector",
    description:
      "Take a spec through all steps: research, generate, test, fix, document. The person is asked first and shown what it " +
      "means. Takes minutes; steps whose inputs did not change are kept, so calling it again goes on where it ended. " +
      "Nothing is deployed.",
    input: z.strictObject({
      spec: z.string().min(1).describe("name of the connector as propose_spec gave it, or the spec's path"),
    }),
    effect: "execute",
    describe: ({ spec }) => desk.redact(spec),
    run: async ({ spec }, { signal }) => {
      const loaded = await desk.load(spec);
      if (!(await desk.approve(buildApproval(desk, loaded)))) {
        throw new ToolError(
          "Not built: refused.\nThe person did not say yes. Ask what should be different before you call it again.",
        );
      }
      // A yes is for what was shown.
      if ((await desk.load(spec)).hash !== loaded.hash) {
        throw new ToolError(
          "Not built: the spec changed after the person said yes. Call build_connector again: they will be asked anew.",
        );
      }
      return resultForModel(desk, await desk.build(loaded, signal));
    },
  });
}

/** A deployment is never part of the yes to a build. */
export function deployLine({ deploy }: Pick<Spec, "deploy">): string {
  return deploy.enabled ? "nothing is deployed: that is asked by itself, once it is proven" : "nothing is deployed";
}

type Stakes = Pick<BuildDesk, "model" | "redact">;

/** What a build means on this machine and outside it. */
export function buildApproval(desk: Stakes, loaded: LoadedForBuild): Approval {
  const { spec, path, hash } = loaded;
  const model = modelFor(desk, spec);
  const lines = [`spec: ${path} (sha256 ${hash.slice(0, 12)})`, ...specLines(spec), ...stakes({ model }, loaded)];
  return { question: `Build ${spec.name}?`, lines: lines.map(desk.redact) };
}

/** What somebody else wrote is judged as it is, by a description that a person has completed: there is nothing for a model to do. */
export function modelFor({ model }: Pick<Stakes, "model">, { adopted }: Pick<Spec, "adopted">): Stakes["model"] {
  return adopted === undefined ? model : undefined;
}

/** What runs here, who hears of it, and what it may cost. */
export function stakes({ model }: Pick<Stakes, "model">, { spec, path, directory }: LoadedForBuild): string[] {
  const hosts = hostsIn(spec);
  const isWeb = spec.source.kind === "rest" || spec.source.kind === "graphql";
  const { base_url } = webSpec(spec.source);
  const credentials = credentialsSent(spec, { model: model !== undefined });
  const base = isWeb && base_url === undefined ? ["the base address that the description names"] : [];
  const code =
    spec.adopted === undefined
      ? "generated Python,"
      : `the code in ${resolve(dirname(path), spec.adopted.code)}, which somebody else wrote,`;
  return [
    `runs here: ${code} with your rights, in ${directory}`,
    `requests go to: ${[...hosts, ...base].join(", ") || "nobody"}; a package index, if Python packages are missing`,
    ...(credentials.length > 0 ? [`sent to the source: the values of ${credentials.join(", ")}`] : []),
    model === undefined
      ? "model: none"
      : `model: ${model.id} at ${model.host}, at most $${spec.limits.usd} and ${spec.limits.minutes} minutes`,
    deployLine(spec),
  ];
}

/** For whoever runs a connector for the model. */
export function resultForModel(
  { redact }: Pick<BuildDesk, "redact">,
  { outcome, summary, report, page }: BuildResult,
): ToolOutput {
  const judged = report === undefined ? [] : [...reportLines(report), `The report: ${page}`];
  const next = {
    green: "It is green: say what rests on what (the trust labels), and what nothing proves.",
    "not-green": "It is not green. Say what blocks; propose a change of the spec, or ask the person.",
    interrupted: "It was interrupted. The steps that were done are kept: build_connector goes on from there.",
    error: "It did not come to an end. The message says who must act.",
  }[outcome];
  const word = outcome === "not-green" ? "not green" : outcome;
  const first = summary.startsWith(word) ? summary : `${word}: ${summary}`;
  const text = redact([first, ...judged, next].join("\n"));
  return { text, outcome: redact(first), data: { outcome, report } };
}
