import { describe, expect, test } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { UserError } from "../../../src/errors.ts";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { lintFivetran } from "../../../src/targets/fivetran/lint.ts";
import { thorough } from "../../support/thorough.ts";
import * as blueprints from "./generate-blueprints.ts";
import { generated, generateRest, python, ruff } from "./generated.ts";

const { blueprintOf, ...sources } = blueprints;
/** In `npm test` each source in one of the layouts, by turns; all of both when everything is run. */
const all = Object.entries(sources).flatMap(([name, blueprint], index) =>
  (["modular", "single"] as const)
    .filter((_, at) => thorough || index % 2 === at)
    .map((layout) => ({ name, layout, blueprint })),
);

/** Modules that only some sources need. */
const OPTIONAL = ["cursors.py", "timestamps.py"];

function pathsOf(layout: "modular" | "single"): string[] {
  return [
    ...[".gitignore", "configuration.json", "requirements.txt", "connector.py"],
    ...(layout === "modular" ? ["api.py", "models.py", "reading.py", "sync.py"] : []),
    ...["__init__", "test_api", "test_connector", "test_models", "test_reading", "test_sync"].map(
      (name) => `tests/${name}.py`,
    ),
  ].sort();
}

/** Prints names that are defined but used nowhere (`emit` is what logging calls), and functions longer than 50 lines. */
const UNUSED = `
import ast, collections, pathlib
trees = [ast.parse(path.read_text()) for path in sorted(pathlib.Path(".").glob("*.py"))]
nodes = [node for tree in trees for node in ast.walk(tree)]
uses = collections.Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
uses.update(node.attr for node in nodes if isinstance(node, ast.Attribute))
uses.update(keyword.arg for node in nodes if isinstance(node, ast.Call) for keyword in node.keywords)
known = {"connector", "schema", "update", "emit"}
for node in nodes:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("__"):
        if not uses[node.name] and node.name not in known:
            print("unused", node.name)
    if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 50:
        print("long", node.name)
    if isinstance(node, ast.ClassDef):
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and not uses[item.target.id]:
                print("unused field", node.name, item.target.id)
for tree in trees:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if not uses[target.id] and target.id not in known:
                    print("unused constant", target.id)
`;

import { verifies } from "../../support/verifies.ts";

describe.each(all)(verifies("fivetran.layouts", "$name, $layout"), ({ blueprint, layout }) => {
  test("imports on the SDK, passes its own tests and has nothing it does not need", { timeout: 60_000 }, async () => {
    const { directory, code, files } = await generated(blueprint, layout);
    const paths = files.map((file) => file.path).filter((path) => layout === "single" || !OPTIONAL.includes(path));
    expect(paths.sort()).toEqual(pathsOf(layout));
    expect(code).not.toMatch(
      /#%|\{\{|\}\}|#: body|undefined|\[object|print\(|except Exception|except:|yield op\.|global /,
    );
    const tests = await python(directory, ["-m", "unittest", "discover", "tests"]);
    expect(tests.output).toMatch(/\nOK\n?$/);
    expect(tests.code).toBe(0);
    expect((await python(directory, ["-c", UNUSED])).output).toBe("");
    expect(await ruff(directory, ["format", "--check", "--line-length", "99"])).toBe("");
    const rules = [
      "--select",
      "E,F,I,B,UP,S,C90,RET,SIM",
      "--ignore",
      "S311",
      "--line-length",
      "99",
      "--target-version",
      "py310",
    ];
    expect(await ruff(directory, ["check", ...rules])).toBe("");
  });
});

describe(verifies("fivetran.generated", "what a source does not need is not there"), () => {
  test("no word of tokens, retries of them, cursors or deletes in a source without any", async () => {
    const { code } = await generated(sources.colours, "modular");
    expect(code).not.toMatch(/oauth|token|credential|secret|cursor|truncate|op\.delete|paging|authentic|rate_limit/i);
    expect(code).not.toMatch(/Decimal|Parent|timedelta|ISO_TIMESTAMP|quote|deque/);
  });

  test("one way of paging has one method, and tables do not say how they are paged", async () => {
    const { code } = await generated(sources.ledger, "modular");
    expect(code.match(/def _by_\w+/g)).toEqual(["def _by_offset"]);
    expect(code).not.toMatch(/paging=|_own_address|read_json_and_links/);
    const many = await generated(sources.bazaar, "modular");
    expect(many.code.match(/def _by_\w+/g)).toHaveLength(5);
    expect(many.code).toMatch(/paging=Offsets\(/);
  });

  test("the same blueprint gives the same files", async () => {
    expect(await generateRest(sources.shop, "modular")).toEqual(await generateRest(sources.shop, "modular"));
  });
});

/** The layout with all code in one place always. */
const layouts = thorough ? (["modular", "single"] as const) : (["single"] as const);

test.each(layouts)("the platform's rules find nothing in a %s connector", { timeout: 60_000 }, async (layout) => {
  const { directory } = await generated(sources.shop, layout);
  expect(await lintFivetran(directory, await ensurePythonEnv())).toEqual([]);
});

describe("configuration.json", () => {
  test("is flat, of strings, with placeholders and the real address", async () => {
    const { text } = await generated(sources.ledger, "modular");
    expect(JSON.parse(text("configuration.json"))).toEqual({
      base_url: "https://api.example.com/v1",
      client_id: "<YOUR_CLIENT_ID>",
      client_secret: "<YOUR_CLIENT_SECRET>",
    });
    expect(text("requirements.txt")).toMatch(/^#/);
    expect(text(".gitignore")).toMatch(/^configuration\.json$/m);
  });

  test("has an address and every credential, also where the blueprint forgot them", async () => {
    const { text } = await generated({ ...sources.shop, configuration: [] }, "single");
    expect(JSON.parse(text("configuration.json"))).toEqual({
      base_url: "https://api.example.com/v1",
      api_key: "<YOUR_API_KEY>",
    });
  });
});

describe("whatever a source is called or says stays data", () => {
  const nasty = 'a"""b\'\\ {x} {{ y }} #% if\n\u202e\u2028é🙂';
  test.each(layouts)("%s", async (layout) => {
    const base = blueprintOf("nasty", {
      source: { headers: { "X-Note": 'it\'s "quoted" \\ {{ c }}' } },
      tables: [
        {
          name: "class",
          description: nasty,
          primary_key: ["from"],
          columns: [
            { name: "from", type: "integer" },
            { name: nasty, type: "string" },
            { name: "expression", type: "number" },
          ],
          read: { path: "/it's", params: { expression: "1+1", [nasty]: nasty }, records: nasty.replaceAll(".", "") },
        },
        { name: "Class!", primary_key: ["id"] },
        { name: "tables" },
        { name: "1st" },
      ],
    });
    const { directory, code } = await generated({ ...base, title: nasty, description: nasty }, layout);
    expect(code).not.toContain("\u202e");
    const [models, reading] = layout === "single" ? ["connector", "connector"] : ["models", "reading"];
    const script = [
      `import json, ${models} as m, ${reading} as r`,
      "t = r.TABLES[0]",
      "print(json.dumps([m.COLUMNS[t.name], t.params, t.records]))",
    ].join("\n");
    const shown = await python(directory, ["-c", script]);
    expect(JSON.parse(shown.output)).toEqual([
      ["from", nasty, "expression"],
      { expression: "1+1", [nasty]: nasty },
      nasty.replaceAll(".", ""),
    ]);
    const tests = await python(directory, ["-m", "unittest", "discover", "tests"]);
    expect(tests.output).toMatch(/\nOK\n?$/);
  });
});

describe("a blueprint that no connector can be written for is refused", () => {
  const refused: [string, Blueprint, RegExp][] = [
    [
      "a placeholder that nothing fills",
      blueprintOf("loose", { tables: [{ name: "things", read: { path: "/{owner}/things" } }] }),
      /nothing fills \{owner\}/,
    ],
    [
      "a parent that comes later",
      blueprintOf("later", {
        tables: [
          {
            name: "child",
            read: {
              path: "/p/{id}",
              parent: { table: "top", bind: [{ placeholder: "id", parent_column: "id", column: "p" }] },
            },
          },
          { name: "top" },
        ],
      }),
      /parent top is not among the tables before it/,
    ],
    [
      "absence in a listing of changes",
      blueprintOf("absent", {
        tables: [
          {
            name: "things",
            advance: { kind: "cursor", column: "updated_at", param: "since" },
            deletes: { kind: "absence" },
          },
        ],
      }),
      /read in full/,
    ],
    [
      "columns that the destination makes one",
      blueprintOf("mixed", {
        tables: [
          {
            name: "things",
            columns: [
              { name: "id", type: "integer" },
              { name: "OrderNo", type: "string" },
              { name: "order_no", type: "string" },
            ],
          },
        ],
      }),
      /OrderNo and order_no have the same name in the destination, order_no/,
    ],
    [
      "tables that the destination makes one",
      blueprintOf("twice", { tables: [{ name: "Things" }, { name: "things" }] }),
      /table things: Things has the same name/,
    ],
    [
      "deletes without a key",
      blueprintOf("keyless", {
        tables: [{ name: "things", primary_key: [], deletes: { kind: "flag", column: "gone" } }],
      }),
      /without a primary key/,
    ],
    [
      "ranges of days over numbers",
      blueprintOf("numbers", {
        tables: [
          {
            name: "things",
            advance: {
              kind: "cursor",
              column: "id",
              param: "after",
              format: "integer",
              window: { end_param: "to", days: 1 },
            },
          },
        ],
      }),
      /is no time/,
    ],
    [
      "a cursor of a type that has no order",
      blueprintOf("unordered", {
        tables: [
          {
            name: "things",
            columns: [
              { name: "id", type: "integer" },
              { name: "data", type: "json" },
            ],
            advance: { kind: "cursor", column: "data", param: "since" },
          },
        ],
      }),
      /cannot advance by data/,
    ],
  ];
  test.each(refused)("%s", async (_, blueprint, message) => {
    const failure = await generateRest(blueprint, "modular").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect((failure as UserError).message).toMatch(message);
    expect((failure as UserError).hint).toBeDefined();
  });
});
