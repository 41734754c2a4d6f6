/** A real SFTP server, OpenSSH's: the same files through the generated client and the live reader. */
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fileSource } from "../../../src/sources/file/file.ts";
import type { Record_ } from "../../../src/sources/record.ts";
import { column, fileBlueprint } from "../../support/file-blueprint.ts";
import { startOpenSsh } from "../../support/file-servers.ts";
import { canonicalRows, clientProcess } from "./client-part.ts";

const server = await startOpenSsh();
const missing = "missing" in server ? server.missing : undefined;
afterAll(async () => {
  if (!("missing" in server)) await server.close();
});

test.skipIf(missing !== undefined)(
  `OpenSSH's SFTP server${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  async () => {
    if ("missing" in server) return;
    const put = async (name: string, text: string, hour: number) => {
      await mkdir(join(server.folder, "deep/er"), { recursive: true });
      await writeFile(join(server.folder, name), text);
      await utimes(join(server.folder, name), 1_700_000_000 + hour * 3600, 1_700_000_000 + hour * 3600);
    };
    const blueprint = fileBlueprint({ store: "sftp", credentials: "private_key" }, [
      {
        pattern: "deep/**/orders {date:digits}.csv",
        columns: [column("id", "integer"), column("note", "string")],
        deletes: { kind: "files" },
      },
    ]);
    await put("deep/er/orders 2026-01-01.csv", 'id,note\r\n1,"a\nb"\r\n2,', 1);
    await put("deep/orders 2026-01-02.csv", `id,note\n3,${"x".repeat(300_000)}\n`, 2);
    const client = await clientProcess(blueprint);
    const { configuration } = server;
    const first = await client.run({ table: "orders", configuration, steps: ["read_changes"] });
    expect(first.error).toBeUndefined();
    const rows: Record_[] = [];
    for await (const row of fileSource.read(blueprint, "orders", {
      configuration,
      signal: AbortSignal.timeout(20_000),
    }))
      rows.push(row);
    expect(rows.map(({ id, note, _line }) => [id, String(note).length, _line])).toEqual([
      [1, 3, 1],
      [2, 0, 2],
      [3, 300_000, 1],
    ]);
    expect(canonicalRows(blueprint, "orders", first.answers.read_changes?.records ?? [])).toEqual(
      canonicalRows(blueprint, "orders", rows),
    );
    await put("deep/er/orders 2026-01-01.csv", "id,note\n9,only\n", 5);
    const saved = first.answers.read_changes?.saved ?? {};
    const second = await client.run({ table: "orders", configuration, saved, steps: ["read_changes"] });
    expect(second.answers.read_changes?.records.map(({ id }) => id)).toEqual([9]);
    expect(second.answers.read_changes?.deleted).toEqual([{ _file: "deep/er/orders 2026-01-01.csv", _line: 2 }]);
    const wrong = { ...configuration, user: "nobody-Zq7" };
    expect((await client.run({ table: "orders", configuration: wrong, steps: ["read_whole"] })).error).toContain(
      "user and private_key",
    );
  },
  60_000,
);
