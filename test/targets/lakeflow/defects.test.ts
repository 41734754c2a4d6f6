/** Connectors that are wrong in one way each: the driver says so, or the rows in the warehouse do. */
import { expect, test } from "vitest";
import { type Connector, type JournalTable, journalConnector, rowsOf, sync, temporaryWarehouse } from "./journal.ts";

const TABLES: JournalTable[] = [
  { name: "ports", columns: { id: "integer", place: { type: "json", shape: shapeOf("city") } } },
  {
    name: "orders",
    columns: { id: "integer", at: { type: "integer", nullable: false } },
    advance: { kind: "column", column: "at" },
    python: 'cursor="at"',
  },
  { name: "calls", key: [], columns: { at: "integer" }, advance: { kind: "steps", ...steps() }, python: 'cursor="at"' },
];

function shapeOf(field: string): object {
  return { kind: "object", fields: [{ name: field, shape: { kind: "value", type: "string" } }] };
}

function steps(): object {
  return { column: "at", from_param: "from", to_param: "to", step: 10 };
}

const JOURNAL = {
  ports: { records: [1, 2, 3, 4, 5].map((id) => ({ id, place: { city: `city ${id}` } })) },
  orders: { records: [1, 2, 3, 4, 5].map((id) => ({ id, at: id })) },
  calls: { records: [] as object[] },
};

const MAIN = "journal_source.py";

/** What the driver says of a connector after one change of its code. */
async function fails(change: (connector: Connector) => Promise<void>): Promise<string | undefined> {
  const connector = await journalConnector(TABLES);
  await connector.write(JOURNAL);
  await change(connector);
  const result = await sync(connector, await temporaryWarehouse(), {
    idleSeconds: 20,
    environment: { SYNCSMITH_MAX_BATCHES: "200" },
  });
  expect(result.status).toBe("failed");
  return result.reason;
}

test("the connector is right before it is made wrong", async () => {
  const connector = await journalConnector(TABLES);
  await connector.write(JOURNAL);
  const warehouse = await temporaryWarehouse();
  const result = await sync(connector, warehouse);
  expect(result.reason).toBeUndefined();
  expect(await rowsOf(warehouse, "ports")).toHaveLength(5);
  expect(await rowsOf(warehouse, "orders")).toHaveLength(5);
});

test("rows with an unchanged offset", async () => {
  const reason = await fails(({ rewrite }) =>
    rewrite(MAIN, (text) => text.replace("offset | batch.sequence_state()", "start")),
  );
  expect(reason).toBe("orders: 5 rows came with an unchanged offset, which stops the pipeline");
});

test("a stream without an end", async () => {
  const reason = await fails(({ rewrite }) =>
    rewrite(MAIN, (text) =>
      text
        .replace('if self._init_time <= start.get("read_to_end_at", "") <= began', "if False")
        .replace('if reached == saved and (batch.size == 0 or batch.digest() == start.get("digest"))', "if False"),
    ),
  );
  expect(reason).toBe("orders: the stream did not end within 200 micro-batches");
});

test("an instance that cannot be pickled", async () => {
  const reason = await fails(({ rewrite }) =>
    rewrite(MAIN, (text) =>
      text
        .replace(
          "        self.options = options\n",
          "        self.options = options\n        self.lock = threading.Lock()\n",
        )
        .replace("import tempfile\n", "import tempfile\nimport threading\n"),
    ),
  );
  expect(reason).toContain("the connector's instance cannot be pickled: cannot pickle '_thread.lock' object");
});

test("an object without fields for a struct", async () => {
  const reason = await fails(({ rewrite }) =>
    rewrite("schemas.py", (text) =>
      text.replace("    return row\n", '    if "place" in row:\n        row["place"] = {}\n    return row\n'),
    ),
  );
  expect(reason).toContain("ports.place: an object without fields; the runtime wants None instead of {}");
});

test("a snapshot that has a key twice", async () => {
  const reason = await fails(({ write }) => write({ ...JOURNAL, ports: { records: [{ id: 1 }, { id: 1 }] } }));
  expect(reason).toBe("ports: the snapshot has the key ['1'] twice");
});

test("a key within an object, a cursor that is no column, an unknown type", async () => {
  const dotted = await fails(({ rewrite }) => rewrite(MAIN, (text) => text.replace('["id"]', '["place.city"]')));
  expect(dotted).toBe("ports: place.city is a key or cursor, and no column at the top of the schema");
  const unread = await fails(({ rewrite }) =>
    rewrite("schemas.py", (text) =>
      text
        .replace('"at", LongType()', '"at", TimestampNTZType()')
        .replace(/^log = /m, "from pyspark.sql.types import TimestampNTZType\n\nlog = "),
    ),
  );
  expect(unread).toContain("orders.at: the runtime has no reader for timestamp_ntz");
});

test("an option of the process: exit() is no success, a crash has its name", async () => {
  const exit = await fails(({ rewrite }) =>
    rewrite("reading.py", (text) =>
      text.replace("    yield from client", "    raise SystemExit(0)\n    yield from client"),
    ),
  );
  expect(exit).toBe("the connector called exit(): it must raise instead");
  const killed = await fails(({ rewrite }) =>
    rewrite("reading.py", (text) =>
      text.replace("    yield from client", "    import os\n\n    os.kill(os.getpid(), 9)\n    yield from client"),
    ),
  );
  expect(killed).toBe("the connector's process ended before the sync did: SIGKILL");
});

test("a snapshot that is cut shows in its rows", async () => {
  const connector = await journalConnector(TABLES);
  await connector.write(JOURNAL);
  await connector.rewrite(MAIN, (text) =>
    text
      .replace(
        "yield from snapshot_rows(client, table)",
        "yield from itertools.islice(snapshot_rows(client, table), 3)",
      )
      .replace("import json\n", "import itertools\nimport json\n"),
  );
  const warehouse = await temporaryWarehouse();
  expect((await sync(connector, warehouse)).reason).toBeUndefined();
  expect(await rowsOf(warehouse, "ports")).toHaveLength(3);
});

test("appended rows that come twice show in the rows", async () => {
  const connector = await journalConnector(TABLES);
  await connector.write({ ...JOURNAL, calls: { records: [{ at: 1 }, { at: 2 }] } });
  await connector.rewrite(MAIN, (text) => text.replace(/( +)yield json.loads\(line\)\n/, (line) => `${line}${line}`));
  const warehouse = await temporaryWarehouse();
  expect((await sync(connector, warehouse)).reason).toBeUndefined();
  const rows = await rowsOf(warehouse, "calls");
  expect(rows.filter(({ at }) => at === "1").length).toBeGreaterThan(1);
});

test("secrets are in no log, and what is printed is told apart from what is said", async () => {
  const connector = await journalConnector(TABLES);
  await connector.write(JOURNAL);
  await connector.rewrite("journal.py", (text) =>
    text.replace(
      "        self.page =",
      '        print("printed", configuration["token"])\n        log.warning("logged %s", configuration["token"])\n        self.page =',
    ),
  );
  const configuration = { token: "s3cr3t-v4lue" };
  const result = await sync(connector, await temporaryWarehouse(), { configuration, secretKeys: ["token"] });
  expect(result.reason).toBeUndefined();
  expect(JSON.stringify(result)).not.toContain("s3cr3t-v4lue");
  expect(result.logs.find(({ origin }) => origin === "stdout")?.text).toMatch(/^printed /);
  expect(result.logs.find(({ origin }) => origin === "connector")).toMatchObject({ level: "warning" });
});

test("waits are shortened and told of", async () => {
  const connector = await journalConnector(TABLES.slice(0, 1));
  await connector.write(JOURNAL);
  await connector.rewrite("journal.py", (text) =>
    text
      .replace("        self.page =", "        sleep(40)\n        self.page =")
      .replace("from pathlib", "from time import sleep\nfrom pathlib"),
  );
  const result = await sync(connector, await temporaryWarehouse(), { environment: { SYNCSMITH_TIME_SCALE: "0.001" } });
  expect(result.reason).toBeUndefined();
  expect(result.sleeps).toEqual([40]);
  expect(result.milliseconds).toBeLessThan(30_000);
});

test("a connector that is silent is stopped, and an aborted sync leaves nothing", async () => {
  const connector = await journalConnector(TABLES.slice(0, 1));
  await connector.write(JOURNAL);
  await connector.rewrite("journal.py", (text) =>
    text
      .replace("        self.page =", "        sleep(600)\n        self.page =")
      .replace("from pathlib", "from time import sleep\nfrom pathlib"),
  );
  const warehouse = await temporaryWarehouse();
  const result = await sync(connector, warehouse, { idleSeconds: 1 });
  expect(result.reason).toBe("the connector was silent for 1 seconds and was stopped");
  const signal = AbortSignal.timeout(500);
  await expect(sync(connector, warehouse, { signal })).rejects.toThrow(/timeout/);
});
