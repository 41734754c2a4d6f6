/** The check `living` is judged: connectors with one defect each, and the ones the generator writes. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import type { CheckResult } from "../../src/artifacts/report.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { nextSync } from "../../src/proof/bench.ts";
import { checkLiving } from "../../src/proof/checks/living.ts";
import { onStage, type Stages } from "../../src/proof/stage.ts";
import type { SourceKind } from "../../src/sources/kind.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import type { TargetName } from "../../src/targets/target.ts";
import { describeDdl } from "../sources/database/fixtures.ts";
import { graphqlBlueprint } from "../support/graphql-blueprint.ts";
import { proveGenerated } from "../support/prove-generated.ts";
import { makeBlueprint, type TableInput } from "../support/rest-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { thorough } from "../support/thorough.ts";
import { verifies } from "../support/verifies.ts";

const pages = { style: "page", page_param: "page" };
const offsets = { style: "offset", offset_param: "offset", limit_param: "limit", limit: 10 };
const cursors = { style: "cursor", cursor_param: "after", next: "next" };
const since = (more: object = {}) => ({ kind: "cursor", column: "updated_at", param: "since", ...more });

const orders: TableInput = {
  name: "orders",
  read: { pagination: pages },
  advance: since({ order: "ascending", lookback: 60 }),
};
const tickets: TableInput = {
  name: "tickets",
  columns: { id: "integer", name: "string", updated_at: "timestamp", gone: "boolean" },
  read: { pagination: cursors },
  advance: since(),
  deletes: { kind: "flag", column: "gone" },
};
const users: TableInput = { name: "users", read: { pagination: offsets }, deletes: { kind: "absence" } };

interface Written {
  stages: Stages;
  /** With one place changed. */
  withDefect(place: Place): Promise<Stages>;
}

interface Place {
  file: string;
  from: string;
  to: string;
}

async function write(blueprint: Blueprint, name: TargetName = "fivetran"): Promise<Written> {
  const directory = join(await temporaryDirectory(), blueprint.name);
  const kind = await sourceOfKind(blueprint.source.kind);
  const target = await targetOfName(name, await ensurePythonEnv({ parts: pythonParts(blueprint.source.kind) }));
  const client = (of: Blueprint) => kind.client(of, { single: false });
  for (const { path, content } of await target.generate(blueprint, { layout: "modular", client })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const common = {
    blueprint,
    directory,
    target,
    kind,
    seed: 20_250_101,
    began: new Date(),
    onProgress: () => {},
    onLog: () => {},
    signal: new AbortController().signal,
  };
  // Nothing but its requests is asked of the clean sync, and all of these connectors have the same.
  const clean = await onStage(common as unknown as Stages, { label: "clean" }, ({ bench }) => nextSync(bench, "sync"));
  expect(clean.result.status, clean.result.reason).toBe("succeeded");
  return {
    stages: { ...common, clean },
    withDefect: async ({ file, from, to }) => {
      const copy = join(await temporaryDirectory(), blueprint.name);
      await cp(directory, copy, { recursive: true });
      const code = await readFile(join(copy, file), "utf8");
      expect(code.split(from).length - 1, `${file} must hold the place once: ${from}`).toBe(1);
      await writeFile(
        join(copy, file),
        code.replace(from, () => to),
      );
      return { ...common, clean, directory: copy };
    },
  };
}

const blockers = (results: readonly CheckResult[]) =>
  results
    .filter(({ verdict, severity }) => verdict === "fail" && severity === "blocker")
    .map(({ table, summary }) => `${table}: ${summary}`);

let shop: Written;
beforeAll(async () => {
  shop = await write(makeBlueprint([orders, tickets, users]));
});

const LATEST = "reached = latest_cursor(table.name, cursor, page, reached, began + client.clock_ahead)";
/** Other checks find some of them, too: these are run where everything is. */
const DEFECTS: (Place & { what: string; where: RegExp; elsewhere?: true })[] = [
  {
    what: "saves the connector's own clock as cursor",
    file: "reading.py",
    from: LATEST,
    to: "reached = began.isoformat()",
    where: /(orders|tickets): .*(missing|other values)/,
  },
  {
    what: "caps its cursor by the connector's own clock",
    file: "reading.py",
    from: LATEST,
    to: "reached = latest_cursor(table.name, cursor, page, reached, began)",
    where: /tickets: .*after a quiet sync/,
  },
  {
    what: "leaves out rows that equal the cursor",
    file: "reading.py",
    from: LATEST,
    to: `${LATEST}
        page = [r for r in page if not saved or cursor.parse(r[cursor.column]) > cursor.parse(saved)]`,
    where: /orders: .*(1|2|3) missing/,
    elsewhere: true,
  },
  {
    what: "lets a row of the future move its cursor beyond all that come after it",
    file: "cursors.py",
    from: "if newest is not None and self.parse(newest) > began:",
    to: "if newest is not None and began < self.parse(newest) < began + timedelta(days=1):",
    where: /(orders|tickets): .*missing.* \(one row has a time that is still to come\)/,
  },
  {
    what: "forgets the lookback",
    file: "reading.py",
    from: "overlap=timedelta(minutes=1)",
    to: "overlap=timedelta(0)",
    where: /orders: .*after a quiet sync .*missing/,
  },
  {
    what: "passes over what moves up between its pages",
    file: "api.py",
    from: "if steady and before:",
    to: "if steady and before is None:",
    where: /orders: .*(1|2|3) missing/,
  },
  {
    what: "saves the cursor of the last row",
    file: "cursors.py",
    from: "newest = max(cursors, key=self.parse, default=None)",
    to: "newest = cursors[len(found) - 1] if found else reached",
    where: /tickets: .*rows came again after a quiet sync/,
  },
  {
    what: "ignores deletes",
    file: "sync.py",
    from: "if is_deleted(table, record):",
    to: "if not record:",
    where: /tickets: after a quiet sync .*too many/,
    elsewhere: true,
  },
];

describe(verifies("proof.checks", "living: a source that changes while it is read"), () => {
  it.each(DEFECTS.filter(({ elsewhere }) => thorough || !elsewhere))(
    "finds a connector that $what",
    async ({ where, ...place }) => {
      expect(blockers(await checkLiving(await shop.withDefect(place))).join("\n")).toMatch(where);
    },
  );

  it("blames no correct connector, and tells what its pages make impossible", async () => {
    const results = await checkLiving(shop.stages);
    expect(blockers(results)).toEqual([]);
    const [first, second, third, healed] = results;
    expect([first, second, third].map((result) => [result?.table, result?.verdict])).toEqual([
      ["orders", "pass"],
      ["tickets", "pass"],
      ["users", "pass"],
    ]);
    expect(first?.figures).toMatchObject({ syncs: 6, late: 0 });
    expect(first?.summary).toMatch(/insert.* update.* late.* tie.* 1 ahead/);
    expect(second?.summary).toMatch(/insert.* update.* delete/);
    expect(healed).toMatchObject({ table: "users", severity: "warning", verdict: "fail" });
    expect(healed?.summary).toMatch(/\d rows that are at the source were marked deleted, until the next sync/);
  });

  it("is what finds a skipped row: without it the connector is green", async () => {
    const [page] = DEFECTS.filter(({ file }) => file === "api.py");
    const defect = { file: "api.py", from: page?.from ?? "", to: page?.to ?? "" };
    expect((await proveGenerated({ blueprint: makeBlueprint([orders, users]), defect })).blockers).toEqual([]);
  });

  it.runIf(thorough)(
    "blames no connector for Lakeflow, which takes no key twice although a row that moves is listed twice",
    async () => {
      const { stages, withDefect } = await write(makeBlueprint([users]), "lakeflow");
      expect(blockers(await checkLiving(stages))).toEqual([]);
      const twice = await withDefect({ file: "example.py", from: "if key in seen:", to: "if key is None:" });
      expect(blockers(await checkLiving(twice)).join("\n")).toMatch(/users: .*failed: .*twice/);
    },
  );

  it("holds for cursors that are numbers in no order, which no clock caps", async () => {
    const jobs: TableInput = {
      name: "jobs",
      columns: { id: "integer", name: "string", version: "integer" },
      read: { pagination: cursors },
      advance: { kind: "cursor", column: "version", param: "after_version", format: "integer" },
    };
    const { stages, withDefect } = await write(makeBlueprint([jobs]));
    expect(blockers(await checkLiving(stages))).toEqual([]);
    const once = await withDefect({
      file: "reading.py",
      from: "if reached != first:",
      to: "if reached is first is None:",
    });
    expect(blockers(await checkLiving(once)).join("\n")).toMatch(/jobs: after a quiet sync .*(missing|other values)/);
  });

  it.runIf(thorough)("holds for GraphQL: connections exactly, offsets by looking at the page before", async () => {
    const { stages, withDefect } = await write(graphqlBlueprint());
    expect(blockers(await checkLiving(stages))).toEqual([]);
    const skipping = await withDefect({
      file: "reading.py",
      from: "        if before:\n",
      to: "        if before is None:\n",
    });
    expect(blockers(await checkLiving(skipping)).join("\n")).toMatch(/by_offset: after a quiet sync .*missing/);
  });

  it("does not apply where a sync sees one state of the source only, and says so", async () => {
    const { meanwhile: _, ...still } = await stillSource(shop.stages.kind, shop.stages.blueprint);
    const kind = { ...shop.stages.kind, simulate: async () => still };
    const results = await checkLiving({ ...shop.stages, kind });
    expect(results.map(({ verdict, summary }) => [verdict, summary])).toEqual(
      Array(3).fill(["not-applicable", "a sync sees one state of this source, so that nothing moves while it is read"]),
    );
  });
});

describe(verifies("proof.checks", "living: a row of the future, where nothing moves while it is read"), () => {
  it("is what a connector may not go on from, nor from the present of another zone instead", async () => {
    const ddl = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, updated_at DATETIME NOT NULL);";
    const { stages, withDefect } = await write((await describeDdl("sqlite", ddl)).blueprint);
    const [result] = await checkLiving(stages);
    expect(result).toMatchObject({ verdict: "pass", figures: { syncs: 2 } });
    expect(result?.summary).toMatch(/does not move while it is read: a row whose time is still to come is there/);
    const capped = await withDefect({
      file: "reading.py",
      from: 'THEN "updated_at" END',
      to: `THEN "updated_at" ELSE ${LATEST_ZONE} END`,
    });
    expect(blockers(await checkLiving(capped)).join("\n")).toMatch(
      /orders: after a sync that had read a row .*missing/,
    );
  }, 60_000);
});

describe(verifies("proof.checks", "living: a sync that ends at what changed under it"), () => {
  const reason = "orders: orders.csv keeps changing while it is read";
  /** The shop, whose connector's first sync ends with that; and a stand-in that knows such words, or none. */
  const ending = (saysChanged?: (words: string) => boolean): Stages => {
    const { kind, target } = shop.stages;
    let syncs = 0;
    return {
      ...shop.stages,
      kind: {
        ...kind,
        simulate: async (...given) => ({ ...(await kind.simulate(...given)), ...(saysChanged ? { saysChanged } : {}) }),
      },
      target: {
        ...target,
        sync: async (request) => {
          syncs += 1;
          const result = await target.sync(request);
          return syncs === 1 ? { ...result, status: "failed", reason } : result;
        },
      },
    };
  };

  it("may do so where the source's stand-in knows the words, which is told", async () => {
    const results = await checkLiving(ending((words) => words === reason));
    expect(blockers(results)).toEqual([]);
    expect(results[0]?.summary).toContain("1 of the syncs ended at what changed under them, and said so");
  });

  it("may not do so elsewhere", async () => {
    expect(blockers(await checkLiving(ending()))[0]).toContain(`failed while it was read`);
  });
});

/** What SQLite says of the present in the zone that is first to have it. */
const LATEST_ZONE = "replace(datetime('now', '+14 hours'), ' ', 'T')";

function stillSource(kind: SourceKind, blueprint: Blueprint) {
  return kind.simulate(blueprint, { seed: 1 });
}
