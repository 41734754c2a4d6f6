/** How the connectors of a target get to their platform. */
import type { Deployed, DeploymentEnd } from "../artifacts/deployment.ts";

/** `here`: by this program. `elsewhere`: by a person, with the platform's own tools. */
export type Deploying =
  | { by: "here"; prepare(request: DeployRequest): Promise<DeployPlan> }
  /** What the person does, in a clause; `directory` is the connector's. */
  | { by: "elsewhere"; how(directory: string): string };

export interface DeployRequest {
  /** The connection's name. */
  name: string;
  /** As the spec names it. */
  destination: string | undefined;
  /** Filled; secrets included, so never shown. */
  configuration: Record<string, string>;
  /** Tables of the source, and the columns of their keys. */
  keys: Record<string, string[]>;
  /** What was deployed from here last, if anything was. */
  last: Deployed | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** Values that must not be shown from now on. */
  conceal: (...values: string[]) => void;
}

/** Nothing was sent to the platform yet but questions. */
export interface DeployPlan {
  /** What will happen, for the person to agree to. The same as long as nothing changes. */
  lines: string[];
  /** Does exactly that: throws `UserError` where it would be something else by now. */
  run(how: DeployRun): Promise<DeploymentEnd>;
}

export interface DeployRun {
  /** Folder of the code: all of it is uploaded, and it is written to. */
  code: string;
  onLine: (line: string) => void;
  onProgress: (text: string) => void;
}
