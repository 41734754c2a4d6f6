/** Files on an SFTP server. */
import type { Buffer } from "node:buffer";
import { Client, type FileEntryWithStats, type SFTPWrapper, type Stats } from "ssh2";
import { UserError } from "../../../errors.ts";
import { isoOf, type Store, type StoredFile, type StoreOptions } from "./store.ts";

const MILLISECONDS = 20_000;
const NO_SUCH_FILE = 2;

export async function openSftp({ values, source, signal }: StoreOptions): Promise<Store> {
  const client = await connect(values, source.location);
  const stop = () => client.destroy();
  signal.addEventListener("abort", stop, { once: true });
  const sftp = await new Promise<SFTPWrapper>((done, fail) =>
    client.sftp((error, found) => (error ? fail(error) : done(found))),
  );
  const root = (values.path ?? "").replace(/\/+$/, "");
  const pathOf = (name: string) => (name === "" ? root || "." : `${root}/${name}`);
  const entriesOf = (folder: string) =>
    new Promise<FileEntryWithStats[]>((done, fail) =>
      sftp.readdir(pathOf(folder), (error, found) => (error ? fail(error) : done(found))),
    );
  const walk = async (folder: string, levels: number | undefined): Promise<StoredFile[]> => {
    const found: StoredFile[] = [];
    for (const { filename, attrs } of await entriesOf(folder)) {
      const name = folder === "" ? filename : `${folder}/${filename}`;
      if (!attrs.isDirectory()) found.push(fileOf(name, attrs));
      else if (levels === undefined) found.push(...(await walk(name, undefined)));
      else if (levels > 0) found.push(...(await walk(name, levels - 1)));
    }
    return found;
  };
  return {
    list: async (prefix, levels) => {
      const folder = prefix.slice(0, Math.max(0, prefix.lastIndexOf("/")));
      try {
        return (await walk(folder, levels)).filter(({ name }) => name.startsWith(prefix));
      } catch (error) {
        if ((error as { code?: unknown }).code !== NO_SUCH_FILE) throw error;
        if (folder !== "") return [];
        throw new UserError(`${source.location}: there is no such folder.`, {
          hint: "Check the source's path.",
          cause: error,
        });
      }
    },
    look: (name) =>
      new Promise((done, fail) =>
        sftp.stat(pathOf(name), (error, found) => (error ? fail(error) : done(fileOf(name, found)))),
      ),
    read: async (name, range) => sftp.createReadStream(pathOf(name), range),
    close: async () => {
      signal.removeEventListener("abort", stop);
      client.end();
    },
  };
}

function connect(values: Record<string, string>, location: string): Promise<Client> {
  const [, expected = ""] = (values.host_key ?? "").split(" ");
  const client = new Client();
  let otherKey = false;
  return new Promise((done, fail) => {
    client.once("ready", () => done(client));
    client.once("error", (error: Error & { level?: string }) => {
      client.destroy();
      fail(refusal(error, { location, otherKey }));
    });
    client.connect({
      host: values.host ?? "",
      port: Number(values.port),
      username: values.user ?? "",
      ...(values.private_key ? { privateKey: values.private_key } : { password: values.password ?? "" }),
      readyTimeout: MILLISECONDS,
      // A server with several keys is to show the one that is known.
      algorithms: { serverHostKey: algorithmsOf((values.host_key ?? "").split(" ")[0] ?? "") },
      hostVerifier: (key: Buffer) => {
        otherKey = key.toString("base64") !== expected;
        return !otherKey;
      },
    });
  });
}

type Algorithm =
  | "ssh-ed25519"
  | "ecdsa-sha2-nistp256"
  | "ecdsa-sha2-nistp384"
  | "ecdsa-sha2-nistp521"
  | "ssh-rsa"
  | "rsa-sha2-256"
  | "rsa-sha2-512";

function algorithmsOf(kind: string): Algorithm[] {
  return kind === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [kind as Algorithm];
}

function refusal(
  error: Error & { level?: string },
  { location, otherKey }: { location: string; otherKey: boolean },
): UserError {
  if (otherKey)
    return new UserError(`${location}: the server's key is not the stated host_key.`, {
      hint: "Ask the server's owner for its key, or whether it was changed; this may be another server.",
      cause: error,
    });
  if (error.level === "client-authentication")
    return new UserError(`${location}: the server refused to log in.`, {
      hint: "Check user, and password or private_key.",
      cause: error,
    });
  return new UserError(`${location}: ${error.message}.`, { hint: "Check host, port and host_key.", cause: error });
}

function fileOf(name: string, { mtime, size }: Pick<Stats, "mtime" | "size">): StoredFile {
  return { name, size, modified: isoOf(BigInt(mtime) * 1_000_000n), version: `${mtime}-${size}` };
}
