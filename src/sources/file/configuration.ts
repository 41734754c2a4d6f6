/** The configuration that a connector of files has: where the files are, and what opens the place. */
import { dirname, resolve } from "node:path";
import type { Blueprint, BlueprintOf, ConfigurationKey } from "../../artifacts/blueprint.ts";
import type { FileCredentials, FileSource, FileStore } from "../../artifacts/kinds/file.ts";
import type { Requirements } from "../../artifacts/requirements.ts";
import type { Spec } from "../../artifacts/spec.ts";
import { UserError } from "../../errors.ts";

export type FileBlueprint = BlueprintOf<"file">;
export type FileTable = FileBlueprint["tables"][number];
export type FileSpecSource = Extract<Spec["source"], { kind: "file" }>;

interface Key {
  description: string;
  secret?: true;
  /** Used where neither the spec nor the configuration has a value; "" leaves the choice to the store. */
  fallback?: string;
}

const KEYS = {
  path: { description: "Folder that the files are in" },
  bucket: { description: "Name of the bucket" },
  prefix: { description: "Beginning of the names of all files in the bucket, like a folder", fallback: "" },
  endpoint_url: { description: "Address of the object store; blank for Amazon S3", fallback: "" },
  region: { description: "Region of the bucket", fallback: "us-east-1" },
  access_key_id: { description: "Id of the access key that may list and read the bucket", secret: true },
  secret_access_key: { description: "Secret of the access key", secret: true },
  host: { description: "Host name of the SFTP server" },
  port: { description: "Port of the SFTP server", fallback: "22" },
  user: { description: "Name to log in with" },
  password: { description: "Password of the user", secret: true },
  private_key: { description: "Private key to log in with, in OpenSSH or PEM format", secret: true },
  host_key: { description: "Public key of the server, such as 'ssh-ed25519 AAAA...'" },
  base_url: { description: "Address below which the files are" },
} as const satisfies Record<string, Key>;
export type FileKey = keyof typeof KEYS;

const PLACE: { readonly [S in FileStore]: readonly FileKey[] } = {
  local: ["path"],
  s3: ["bucket", "prefix", "endpoint_url", "region"],
  sftp: ["host", "port", "host_key", "path"],
  http: ["base_url"],
};

const CREDENTIALS: { readonly [C in FileCredentials]: readonly FileKey[] } = {
  none: [],
  password: ["user", "password"],
  private_key: ["user", "private_key"],
  access_key: ["access_key_id", "secret_access_key"],
};

/** Keys of the store's place, in the order people are asked for them. */
export function placeKeys(source: Pick<FileSource, "store">): readonly FileKey[] {
  return PLACE[source.store];
}

export function credentialKeys(source: Pick<FileSource, "credentials">): readonly FileKey[] {
  return CREDENTIALS[source.credentials];
}

export function completeFile(source: FileSource): Pick<Blueprint, "source" | "configuration"> {
  const configuration = [...placeKeys(source), ...credentialKeys(source)].map((key): ConfigurationKey => {
    const { description, secret, fallback }: Key = KEYS[key];
    const given = secret ? undefined : (source.defaults[key] ?? fallback);
    return {
      key,
      description,
      secret: secret === true,
      required: given === undefined,
      ...(given === undefined ? {} : { default: given }),
    };
  });
  return { source, configuration };
}

/** The value of each key: the given one, or the key's default. */
export function valuesOf(source: FileSource, configuration: Record<string, string>): Record<string, string> {
  const keys = completeFile(source).configuration;
  return Object.fromEntries(
    keys.map(({ key, default: fallback }) => [key, configuration[key]?.trim() || fallback || ""]),
  );
}

/** What the spec gives for each key: a reference, or plain text. Relative folders are resolved beside the spec. */
export function fileReferences({ spec, spec_address }: Requirements): Record<string, string> {
  const source = fileSpecOf(spec);
  const given: Partial<Record<FileKey, unknown>> = source;
  const keys = [...PLACE[source.store], ...CREDENTIALS[credentialsOf(source)]];
  const entries = keys.flatMap((key) => (given[key] === undefined ? [] : [[key, String(given[key])] as const]));
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      key === "path" && source.store === "local" && !isReference(value) ? resolve(dirname(spec_address), value) : value,
    ]),
  );
}

/** The source that the spec describes. Throws `UserError` where a part of its place is missing. */
export function sourceOfSpec(requirements: Requirements): FileSource {
  const spec = fileSpecOf(requirements.spec);
  const references = fileReferences(requirements);
  const needed: { readonly [S in FileStore]: readonly FileKey[] } = {
    local: ["path"],
    s3: ["bucket"],
    sftp: ["host", "path", "user", "host_key"],
    http: ["base_url"],
  };
  const missing = needed[spec.store].filter((key) => references[key] === undefined);
  const credentials = credentialsOf(spec);
  if (missing.length > 0)
    throw new UserError(
      `The spec's source has no ${missing.join(", ")}, which files in ${STORE_WORDS[spec.store]} need.`,
      {
        hint: missing.includes("host_key")
          ? "`ssh-keyscan -t ed25519 HOST` prints the server's key: compare it with what the server's owner says, and give type and key."
          : `Add it under source, or another store (${Object.keys(STORE_WORDS).join(", ")}).`,
      },
    );
  if (spec.store === "sftp" && credentials === "none")
    throw new UserError("The spec's source has neither password nor private_key, which an SFTP server needs.", {
      hint: "Give a reference to the password or to the private key, as for any other secret.",
    });
  const defaults = Object.entries(references).filter(([key, value]) => {
    const { secret }: Key = KEYS[key as FileKey];
    return !secret && !isReference(value);
  });
  return {
    kind: "file",
    store: spec.store,
    location: locationOf(spec, references),
    credentials,
    defaults: Object.fromEntries(defaults),
    ...(spec.manifest === undefined || spec.store !== "http" ? {} : { manifest: spec.manifest }),
  };
}

export const STORE_WORDS: { readonly [S in FileStore]: string } = {
  local: "a folder",
  s3: "a bucket",
  sftp: "an SFTP server",
  http: "a web server",
};

function fileSpecOf(spec: Spec): FileSpecSource {
  if (spec.source.kind !== "file") throw new Error(`a spec of kind ${spec.source.kind} was given to the file kind`);
  return spec.source;
}

function credentialsOf(source: FileSpecSource): FileCredentials {
  if (source.store === "s3") return source.access_key_id === undefined ? "none" : "access_key";
  if (source.store === "sftp" && source.private_key !== undefined) return "private_key";
  return source.store !== "local" && source.password !== undefined ? "password" : "none";
}

function isReference(value: string): boolean {
  return /\$\{[^}]+\}/.test(value);
}

/** For people: values that are references stay hidden. */
function locationOf({ store }: FileSpecSource, values: Record<string, string>): string {
  const shown = (key: FileKey) => {
    const value = values[key] ?? "";
    return isReference(value) ? `(${key})` : value;
  };
  switch (store) {
    case "local":
      return shown("path");
    case "s3":
      return `s3://${shown("bucket")}/${shown("prefix").replace(/^\//, "")}`;
    case "sftp":
      return `sftp://${shown("host")}${values.port === undefined ? "" : `:${shown("port")}`}/${shown("path").replace(/^\//, "")}`;
    case "http":
      return shown("base_url");
  }
}
