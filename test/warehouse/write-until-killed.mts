/** Writes for ever to the warehouse given; the crash test kills it. Rows n*10 .. n*10+9 belong to checkpoint n. */
import { openWarehouse } from "../../src/warehouse/open.ts";

const warehouse = await openWarehouse(process.argv[2] as string, { limits: { rows: 40, bytes: 1e9 } });
const before = await warehouse.state();
const writer = await warehouse.begin({ naming: "fivetran" });
await writer.declare([{ name: "orders", columns: [{ name: "id", type: "long", primaryKey: true }] }]);
process.stdout.write("started\n");
for (let page = before === undefined ? 0 : Number(JSON.parse(before).page) + 1; ; page++) {
  for (let id = page * 10; id < page * 10 + 10; id++) {
    // A new column now and then, so that the schema changes between any two commits, too.
    const names = ["id", "page", `column_${Math.floor(id / 200)}`];
    await writer.apply([
      { kind: "upsert", table: "orders", row: { names, types: ["long", "long", "long"], values: [id, page, 1] } },
      { kind: "upsert", table: "latest", row: { names: ["page"], types: ["long"], values: [page] } },
    ]);
  }
  await writer.checkpoint(JSON.stringify({ page }));
}
