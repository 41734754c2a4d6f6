/** 1 GB of CSV through the generated Fivetran connector: rows per second and peak memory. `tsx test/bench/files.ts [megabytes]` */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { separateModules } from "../../src/python/modules.ts";
import { formatPython } from "../../src/python/ruff.ts";
import { fileSource } from "../../src/sources/file/file.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import { CSV, column, fileBlueprint } from "../support/file-blueprint.ts";

const DRIVER = `
import json, resource, sys, time
import files, reading
configuration = {"path": sys.argv[1]}
began, rows = time.monotonic(), 0
with files.Client(configuration) as client:
    for page, _ in reading.read_changes(client, reading.TABLES[0], {}):
        rows += len(page)
seconds = time.monotonic() - began
print(json.dumps({"rows": rows, "seconds": seconds, "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
`;

async function main(): Promise<void> {
  const megabytes = Number(process.argv[2] ?? 1024);
  const root = await mkdtemp(join(tmpdir(), "syncsmith-bench-files-"));
  try {
    const path = join(root, "data", "orders_2026-01-01.csv");
    await mkdir(dirname(path));
    const rows = await writeCsv(path, megabytes * 1024 * 1024);
    const blueprint = fileBlueprint({}, [
      {
        content: CSV,
        columns: [
          column("id", "integer"),
          column("note", "string"),
          column("amount", "number"),
          column("at", "timestamp"),
          column("big", "bigint"),
        ],
      },
    ]);
    const python = await ensurePythonEnv({ parts: pythonParts("file") });
    const { modules } = await fileSource.client(blueprint, { single: false });
    for (const { path: name, content } of await formatPython(separateModules(modules), python))
      await writeFile(join(root, name), content);
    await writeFile(join(root, "drive.py"), DRIVER);
    const { stdout } = await execa(python.python, ["drive.py", join(root, "data")], { cwd: root });
    const {
      rows: read,
      seconds,
      peak_kb: peak,
    } = JSON.parse(stdout) as { rows: number; seconds: number; peak_kb: number };
    if (read !== rows) throw new Error(`${read} of ${rows} rows were read`);
    const size = Math.round((await stat(path)).size / 1024 / 1024);
    console.log(
      `${size} MB, ${rows} rows: ${Math.round(rows / seconds)} rows/s, ${seconds.toFixed(1)} s, peak memory ${Math.round(peak / 1024)} MB`,
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function writeCsv(path: string, bytes: number): Promise<number> {
  const out = createWriteStream(path);
  out.write("id,note,amount,at,big\n");
  let written = 0;
  let rows = 0;
  while (written < bytes) {
    const lines: string[] = [];
    for (let i = 0; i < 10_000; i++) {
      rows += 1;
      lines.push(
        `${rows},"a note, with ""quotes""\nand a line break ${rows}",${rows / 4},2026-01-01T00:00:00Z,${9007199254740993n + BigInt(rows)}\n`,
      );
    }
    const text = lines.join("");
    written += text.length;
    if (!out.write(text)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
  return rows;
}

await main();
