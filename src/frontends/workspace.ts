/** The desks that tools of a front end share: specs and connectors of the workspace it was started on. */
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Approve } from "../agent/approval.ts";
import { messageOf, UserError } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { readText, sha256 } from "../system/files.ts";
import { nearest } from "../system/nearest.ts";
import type { Redactor } from "../system/secrets.ts";
import type { LoadedForBuild } from "../tools/build-connector.ts";
import type { StandingDesk } from "../tools/connector-status.ts";
import type { SpecDesk } from "../tools/propose-spec.ts";
import { checkSpec, connectorName } from "../workflow/requirements.ts";
import { parseSpec } from "../workflow/spec-file.ts";
import { learnReferences, SPECS } from "./secrets.ts";
import { connectorNamed, connectorsIn, standingIn } from "./standing.ts";

export interface Workspace {
  context: CommandContext;
  redactor: Redactor;
}

export interface SpecRules extends Pick<SpecDesk, "toBuild"> {
  approve: Approve;
  /** Folder of the workspace that remembers which specs were written here. */
  folder: string;
}

/** For propose_spec. */
export function specDesk({ context, redactor }: Workspace, { approve, folder, toBuild }: SpecRules): SpecDesk {
  const workspace = resolve(context.workspace);
  return {
    directory: join(workspace, SPECS),
    ledger: join(workspace, folder, "specs.json"),
    workingDirectory: resolve("."),
    parse: (text, name) => {
      const spec = parseSpec(text, name);
      checkSpec(spec);
      return spec;
    },
    nameOf: (spec) => connectorName(spec.name),
    isSet: (variable) => (context.environment[variable] ?? "") !== "",
    approve,
    toBuild,
    redact: redactor.redact,
    hide: (values) => redactor.add(...values),
    wrote: (path, spec) => learn({ context, redactor }, path, JSON.stringify(spec)),
  };
}

/** From now on the values behind a spec's references are shown to nobody. */
export function learn({ context, redactor }: Workspace, path: string, text: string): Promise<void> {
  return learnReferences(redactor, { text, baseDirectory: dirname(path), environment: context.environment });
}

/** A spec by its connector's name or by its path. Throws `UserError` when there is none, or it is none. */
export async function loadForBuild(context: CommandContext, named: string): Promise<LoadedForBuild> {
  const workspace = resolve(context.workspace);
  const known = join(workspace, SPECS, `${named.replace(/\.ya?ml$/, "")}.yaml`);
  const plainName = /^[_a-z0-9]+(\.ya?ml)?$/.test(named);
  const path = plainName && (await readText(known)) !== undefined ? known : resolve(named);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const meant = nearest(named, await connectorsIn(context.workspace));
    throw new UserError(`There is no spec ${named}: ${messageOf(error)}.`, {
      hint: meant ? `Did you mean ${meant}?` : "propose_spec writes one.",
      cause: error,
    });
  }
  const spec = parseSpec(text, path);
  checkSpec(spec);
  return { path, hash: sha256(text), spec, directory: join(workspace, connectorName(spec.name)) };
}

/** For connector_status. */
export function standingDesk({ context, redactor }: Workspace): StandingDesk {
  return {
    connectors: () => connectorsIn(context.workspace),
    standing: async (connector) => standingIn(context, await connectorNamed(context, connector)),
    redact: redactor.redact,
  };
}
