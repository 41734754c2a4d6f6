/**
 * A person's yes to what a host's model wants done. It is asked for before anything of a spec is run or sent, before code that
 * somebody else wrote is asked for its tables, and before anything is deployed; it counts for exactly the lines that were shown.
 * A host that can show a form asks there; elsewhere the person says yes in a terminal of their own (`syncsmith consent`).
 */
import { join, resolve } from "node:path";
import { z } from "zod";
import type { Approval } from "../../agent/approval.ts";
import type { Requirements } from "../../artifacts/requirements.ts";
import { ToolError } from "../../errors.ts";
import { readText, sha256, writeAtomically } from "../../system/files.ts";
import { withLock } from "../../system/lock.ts";
import { deployLine, type LoadedForBuild } from "../../tools/build-connector.ts";
import { credentialsSent, hostsIn, specLines } from "../../tools/spec-summary.ts";
import type { Store } from "../../workflow/store.ts";
import { openSession } from "../session.ts";
import type { Workspace } from "../workspace.ts";

/** Of the workspace: what the server keeps beside the connectors. */
export const MCP_FOLDER = ".mcp";

/** Of a spec what is at stake: other tables are no other question, another host or credential is. */
export function consentToBuild({ spec, directory }: LoadedForBuild): Approval {
  const code = spec.adopted === undefined ? "generated Python" : `the code in ${spec.adopted.code}`;
  const local = spec.source.docs.filter((address) => !/^https?:/i.test(address));
  const names = credentialsSent(spec, { model: true });
  return {
    question: `Build ${spec.name}?`,
    lines: [
      ...specLines(spec).slice(0, 1),
      ...(local.length === 0 ? [] : [`reads here: ${local.join(", ")}`]),
      `runs here: ${code}, with your rights, in ${directory}`,
      `requests go to: ${hostsIn(spec).join(", ") || "the hosts that its description names"}; a package index, if Python packages are missing`,
      `sent to the source: ${names.length === 0 ? "no credential" : `the values of ${names.join(", ")}`}`,
      deployLine(spec),
    ],
  };
}

/**
 * What deploying it would do, as the platform's account is now: after another build, or when the account changed, the person is
 * asked anew. Undefined where nothing would be sent. Throws `UserError` where it cannot be deployed.
 */
export async function consentToDeploy(
  { context, redactor, storeOf }: Pick<Workspace, "context" | "redactor"> & Known,
  connector: string,
): Promise<Approval | undefined> {
  const store = await storeOf(connector);
  if ((await store.readReport()) === undefined)
    throw new ToolError(`${connector} has no report yet. Call build_connector first.`);
  const session = await openSession(context, {
    directory: store.directory,
    options: { model: "none", force: false, showLogs: false },
    show: () => undefined,
  });
  const { deployApproval } = await import("../../workflow/deploy.ts");
  const found = await deployApproval({ ...session, round: 1 });
  redactor.add(...session.redactor.values());
  return "skipped" in found ? undefined : found;
}

/** What is known of the connectors of a workspace. */
export interface Known {
  storeOf(connector: string): Promise<Store>;
  requirementsOf(connector: string): Promise<Requirements>;
}

const consentsSchema = z.record(
  z.string(),
  z.strictObject({ time: z.iso.datetime(), question: z.string(), lines: z.array(z.string()) }),
);

export interface Consents {
  given(approval: Approval): Promise<boolean>;
  give(approval: Approval): Promise<void>;
}

export function openConsents(workspace: string): Consents {
  const folder = join(resolve(workspace), MCP_FOLDER);
  const path = join(folder, "consents.json");
  const read = async () => {
    const text = await readText(path);
    if (text === undefined) return {};
    try {
      return consentsSchema.parse(JSON.parse(text));
    } catch {
      // Damaged: then nothing was agreed to, and the person is asked again.
      return {};
    }
  };
  return {
    given: async (approval) => keyOf(approval) in (await read()),
    give: (approval) =>
      withLock({ path: join(folder, "consents.lock"), waitSeconds: 5 }, async () => {
        const given = { time: new Date().toISOString(), question: approval.question, lines: [...approval.lines] };
        await writeAtomically(path, `${JSON.stringify({ ...(await read()), [keyOf(approval)]: given }, null, 2)}\n`);
      }),
  };
}

function keyOf({ question, lines }: Approval): string {
  return sha256(JSON.stringify([question, lines]));
}
