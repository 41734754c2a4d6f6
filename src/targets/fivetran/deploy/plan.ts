/** What a deployment would do, worked out from what the account has now. Nothing is changed by asking. */
import { UserError } from "../../../errors.ts";
import type { DeployRequest } from "../../deploying.ts";
import type { FivetranApi } from "../api/client.ts";
import { type Connection, connectionSchema, type Group, groupSchema } from "../api/shapes.ts";

/** What the account has, of what a deployment is about. */
export interface Present {
  group: Group;
  /** Undefined: it will be a new one. */
  connection: Connection | undefined;
}

const CONNECTION_NAME = /^[_a-z][_a-z0-9]*$/;
/** Of the platform. */
const MAX_KEYS = 100;
/** The command takes such values for ones that it encrypted itself. */
const ENCRYPTED = "fivetran_encrypted:";

/** What is wrong before anything is asked. Throws `UserError`. */
export function checkRequest({ name, configuration }: Pick<DeployRequest, "name" | "configuration">): void {
  if (!CONNECTION_NAME.test(name)) {
    throw new UserError(`${JSON.stringify(name)} cannot be a connection's name.`, {
      hint: "It has small letters, digits and underscores, and does not begin with a digit: change the spec's name.",
    });
  }
  const keys = Object.keys(configuration);
  if (keys.length > MAX_KEYS) {
    throw new UserError(`The configuration has ${keys.length} keys, and Fivetran takes ${MAX_KEYS} at most.`);
  }
  const encrypted = keys.find((key) => configuration[key]?.startsWith(ENCRYPTED));
  if (encrypted !== undefined) {
    throw new UserError(`The value of ${encrypted} begins with ${ENCRYPTED}, which Fivetran's command would decrypt.`, {
      hint: "Give the value itself, by a reference to the environment or to a private file.",
    });
  }
}

/** Throws `UserError` where the destination is not there, or another kind of connection has the name. */
export async function lookAround(
  api: FivetranApi,
  { name, destination }: Pick<DeployRequest, "name" | "destination">,
): Promise<Present> {
  const group = chosen(await api.items("groups", groupSchema), destination);
  const connection = await findConnection(api, group, name);
  if (connection !== undefined && connection.service !== "connector_sdk") {
    throw new UserError(
      `${group.name} has a connection ${name} already, and it is no Connector SDK connection but one of ${connection.service}.`,
      { hint: "Give the spec another name, or another destination." },
    );
  }
  return { group, connection };
}

function chosen(groups: readonly Group[], wanted: string | undefined): Group {
  const names = groups.map(({ name }) => name);
  const listed = names.length === 0 ? "It has none." : `It has ${names.slice(0, 20).join(", ")}.`;
  if (wanted === undefined) {
    throw new UserError("The spec names no destination.", { hint: `Set destination.name. ${listed}` });
  }
  const found = groups.filter(({ name }) => name === wanted);
  const [group] = found;
  if (group === undefined) {
    throw new UserError(`The Fivetran account has no destination ${wanted}.`, { hint: listed });
  }
  // The command takes the first of them: which one that is, nobody could have agreed to.
  if (found.length > 1) throw new UserError(`The Fivetran account has ${found.length} destinations named ${wanted}.`);
  return group;
}

/** Read in full: a list leaves out parts. */
export async function findConnection(api: FivetranApi, group: Group, name: string): Promise<Connection | undefined> {
  const listed = connectionSchema.pick({ id: true, schema: true });
  const path = `groups/${encodeURIComponent(group.id)}/connections`;
  const found = (await api.items(path, listed, { schema: name })).find(({ schema }) => schema === name);
  return found && readConnection(api, found.id);
}

export async function readConnection(api: FivetranApi, id: string): Promise<Connection> {
  return api.get(`connections/${encodeURIComponent(id)}`, connectionSchema);
}

/** What will happen, line by line: the same as long as account, code and configuration are. */
export function linesOf(
  { group, connection }: Present,
  { name, configuration, keys, last }: Pick<DeployRequest, "name" | "configuration" | "keys" | "last">,
): string[] {
  const ours = Object.keys(configuration).sort();
  const values = ours.length === 0 ? "no keys" : ours.join(", ");
  if (connection === undefined) {
    return [
      `a new connection ${name} in the destination ${group.name}; its tables go into the schema ${name}, and the name cannot be changed later`,
      `its configuration, with the values of its credentials: ${values}`,
      "it is made paused: nothing syncs, and nothing is charged, until a person starts it",
    ];
  }
  return [
    `the connection ${name} (${connection.id}) in the destination ${group.name} is updated: its code is replaced; a sync in progress ends on the old code`,
    connection.paused ? "it is paused, and stays so" : "it is not paused: its next sync runs the new code by itself",
    `all values of its configuration are replaced, with the values of its credentials: ${values}`,
    ...deletedKeys(connection, ours),
    // Fivetran's command sends both with every update.
    ...(connection.proxy_agent_id ? ["its proxy agent is taken off: from then on it connects directly"] : []),
    ...changedKeys(connection, keys, last),
  ];
}

function deletedKeys({ config }: Connection, ours: readonly string[]): string[] {
  const present = config?.secrets_list?.map(({ key }) => key);
  if (present === undefined) {
    return ["which keys its configuration has now could not be read: those that are not named above are deleted"];
  }
  const gone = present.filter((key) => !ours.includes(key)).sort();
  return gone.length === 0 ? [] : [`deleted from its configuration: ${gone.join(", ")}`];
}

function changedKeys({ id }: Connection, keys: DeployRequest["keys"], last: DeployRequest["last"]): string[] {
  if (last?.connection_id !== id) {
    return [
      "which primary keys its tables have now is not known here: a table whose key changes has to be dropped in the destination and synced again",
    ];
  }
  return Object.entries(keys).flatMap(([table, now]) => {
    const before = last.keys[table];
    if (before === undefined || before.join("\n") === now.join("\n")) return [];
    return [
      `the primary key of ${table} changes from (${before.join(", ")}) to (${now.join(", ")}): drop the table in the destination and sync it again, or old and new rows stay beside each other`,
    ];
  });
}
