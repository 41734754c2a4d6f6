/** An SFTP server with files in memory: one user, one host key. */
import type { AddressInfo } from "node:net";
import ssh2, { type Attributes, type SFTPWrapper } from "ssh2";
import type { FileSource } from "../../../../artifacts/kinds/file.ts";
import { createSftpStrikes, happensTo, type SftpDisturbance, type SftpStrikes } from "../sftp-faults.ts";
import { createLog, keepFiles, type Shelf, type ShelfOptions, type ShelvedFile } from "../shelf.ts";

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
const ROOT = "/outgoing";
const FILE = 0o100644;
const FOLDER = 0o040755;
/** Few, so that folders come in several pieces. */
const ENTRIES_PER_ANSWER = 3;

type Log = ReturnType<typeof createLog>;

export async function openSftpShelf(source: FileSource, options: ShelfOptions): Promise<Shelf> {
  const files = new Map<string, ShelvedFile>();
  const unkept = new Set<string>();
  const log = createLog();
  const { strikes, faults } = createSftpStrikes(log.requests);
  const user = "reader";
  const password = options.secret("password");
  const hostKey = usableKeyPair();
  const userKey = usableKeyPair();
  const allowed = ssh2.utils.parseKey(userKey.public);
  if (allowed instanceof Error) throw allowed;
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    client.on("error", () => client.end());
    if (strikes.at(log.requests.length, happensTo("LOGIN")) !== undefined) {
      log.add({ method: "LOGIN", path: "/", query: [], status: 503, records: 0 });
      client.end();
      return;
    }
    client.on("authentication", (context) => {
      const right =
        context.username === user &&
        (source.credentials === "private_key"
          ? context.method === "publickey" &&
            context.key.data.equals(allowed.getPublicSSH()) &&
            (context.signature === undefined ||
              context.blob === undefined ||
              allowed.verify(context.blob, context.signature, context.hashAlgo) === true)
          : context.method === "password" && context.password === password);
      // Some clients first ask which methods there are.
      if (context.method !== "none")
        log.add({ method: "LOGIN", path: "/", query: [], status: right ? 200 : 401, records: 0 });
      if (right) context.accept();
      else context.reject([source.credentials === "private_key" ? "publickey" : "password"]);
    });
    client.on("ready", () =>
      client.on("session", (accept) =>
        accept().on("sftp", (open) => serve(open(), { files, options, log, strikes, hangUp: () => void client.end() })),
      ),
    );
  });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(options.port ?? 0, "127.0.0.1", done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    put: (name, file) => {
      files.set(name, file);
      unkept.add(name);
    },
    remove: (name) => {
      files.delete(name);
      unkept.add(name);
    },
    keep: (part) => {
      const names = [...unkept].sort();
      unkept.clear();
      return keepFiles(
        part,
        names.map((name) => {
          const file = files.get(name);
          return [name, file && { body: file.body, nanoseconds: file.micros * 1000n }];
        }),
      );
    },
    configuration: {
      host: "127.0.0.1",
      port: String(port),
      host_key: hostKey.public.trim().split(" ").slice(0, 2).join(" "),
      path: ROOT,
      user,
      ...(source.credentials === "private_key" ? { private_key: userKey.private } : { password }),
    },
    baseUrl: `sftp://127.0.0.1:${port}${ROOT}`,
    requests: log.requests,
    faults,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

interface Served {
  files: Map<string, ShelvedFile>;
  options: ShelfOptions;
  log: Log;
  strikes: SftpStrikes;
  /** Ends the connection as a crash of the server does. */
  hangUp: () => void;
}

/** `struck`: what happens when the file is read. */
type Handle =
  | { file: ShelvedFile; struck: SftpDisturbance | undefined }
  | { entries: { filename: string; longname: string; attrs: Attributes }[] };

function serve(sftp: SFTPWrapper, { files, options, log, strikes, hangUp }: Served): void {
  const handles = new Map<number, Handle>();
  let last = 0;
  const open = (handle: Handle): Buffer => {
    handles.set(++last, handle);
    const name = Buffer.alloc(4);
    name.writeUInt32BE(last);
    return name;
  };
  const handleOf = (name: Buffer) => handles.get(name.length === 4 ? name.readUInt32BE() : 0);
  const refuses = (name: string) =>
    options.denied(options.tableOf(name) ?? options.tableOfPrefix(`${name}/`)) !== undefined;
  const tableOf = (name: string) => options.tableOf(name) ?? options.tableOfPrefix(name === "" ? "" : `${name}/`);
  const seen = (method: string, name: string, found: { status: number; records?: number }) => {
    const table = tableOf(name);
    log.add({
      method,
      path: `${ROOT}/${name}`,
      query: [],
      records: 0,
      ...found,
      ...(table === undefined ? {} : { table }),
    });
  };
  const look = (id: number, path: string) => {
    const attrs = attributesOf(files, nameOf(path));
    if (attrs === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    else sftp.attrs(id, attrs);
  };
  sftp.on("STAT", look);
  sftp.on("LSTAT", look);
  sftp.on("FSTAT", (id, name) => {
    const handle = handleOf(name);
    if (handle === undefined || !("file" in handle)) sftp.status(id, STATUS_CODE.FAILURE);
    else sftp.attrs(id, fileAttributes(handle.file));
  });
  sftp.on("REALPATH", (id, path) => {
    const attrs: Attributes = { mode: FOLDER, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
    sftp.name(id, [{ filename: path === "." ? ROOT : path, longname: path, attrs }]);
  });
  sftp.on("OPENDIR", (id, path) => {
    const name = nameOf(path);
    if (name !== undefined) options.before(tableOf(name));
    const entries = name === undefined ? undefined : entriesOf(files, name);
    if (name === undefined || entries === undefined) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    const struck = strikes.at(log.requests.length, happensTo("LIST"));
    const denied = refuses(name);
    seen("LIST", name, { status: struck ? 503 : denied ? 403 : 200 });
    if (struck !== undefined) return struck === "silent" ? undefined : hangUp();
    return denied ? sftp.status(id, STATUS_CODE.PERMISSION_DENIED) : sftp.handle(id, open({ entries }));
  });
  sftp.on("READDIR", (id, name) => {
    const handle = handleOf(name);
    if (handle === undefined || !("entries" in handle)) return sftp.status(id, STATUS_CODE.FAILURE);
    const part = handle.entries.splice(0, ENTRIES_PER_ANSWER);
    return part.length === 0 ? sftp.status(id, STATUS_CODE.EOF) : sftp.name(id, part);
  });
  sftp.on("OPEN", (id, path, flags) => {
    const name = nameOf(path);
    if (name !== undefined) options.before(tableOf(name));
    const file = name === undefined ? undefined : files.get(name);
    if (name === undefined || file === undefined) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    const denied = refuses(name) || (flags & OPEN_MODE.WRITE) !== 0;
    const struck = strikes.at(log.requests.length, happensTo("GET"));
    const records = struck === undefined ? options.recordsIn(name) : 0;
    seen("GET", name, denied ? { status: 403 } : { status: 200, records });
    return denied ? sftp.status(id, STATUS_CODE.PERMISSION_DENIED) : sftp.handle(id, open({ file, struck }));
  });
  sftp.on("READ", (id, name, ...[offset, length]) => {
    const handle = handleOf(name);
    if (handle === undefined || !("file" in handle)) return sftp.status(id, STATUS_CODE.FAILURE);
    if (handle.struck === "silent") return;
    const { body } = handle.file;
    // Half of the file comes, and then no more.
    const end = handle.struck === undefined ? body.length : Math.floor(body.length / 2);
    if (handle.struck === "reset" && offset >= end) return hangUp();
    const part = body.subarray(offset, Math.min(offset + length, end));
    return part.length === 0 ? sftp.status(id, STATUS_CODE.EOF) : sftp.data(id, part);
  });
  sftp.on("CLOSE", (id, name) => {
    if (name.length === 4) handles.delete(name.readUInt32BE());
    sftp.status(id, STATUS_CODE.OK);
  });
}

/** Relative to the folder that is served; undefined outside of it. */
function nameOf(path: string): string | undefined {
  if (path === ROOT) return "";
  return path.startsWith(`${ROOT}/`) ? path.slice(ROOT.length + 1) : undefined;
}

function fileAttributes({ body, micros }: ShelvedFile): Attributes {
  const seconds = Number(micros / 1_000_000n);
  return { mode: FILE, uid: 0, gid: 0, size: body.length, atime: seconds, mtime: seconds };
}

function attributesOf(files: ReadonlyMap<string, ShelvedFile>, name: string | undefined): Attributes | undefined {
  if (name === undefined) return undefined;
  const file = files.get(name);
  if (file !== undefined) return fileAttributes(file);
  const isFolder = name === "" || [...files.keys()].some((other) => other.startsWith(`${name}/`));
  return isFolder ? { mode: FOLDER, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 } : undefined;
}

function entriesOf(files: ReadonlyMap<string, ShelvedFile>, folder: string) {
  const start = folder === "" ? "" : `${folder}/`;
  const below = [...files.keys()].filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
  if (below.length === 0 && folder !== "") return undefined;
  return [...new Set(below.map((name) => name.split("/")[0] ?? ""))].map((filename) => ({
    filename,
    longname: filename,
    attrs: attributesOf(files, start + filename) ?? fileAttributes({ body: Buffer.alloc(0), micros: 0n }),
  }));
}

/** About one in three hundred key pairs (11 of 3,000) that the library makes is refused by its own parser: another one is made then. */
function usableKeyPair(): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    const parsed = [pair.public, pair.private].map((text) => ssh2.utils.parseKey(text));
    if (!parsed.some((key) => key instanceof Error)) return pair;
  }
}
