import { describe, expect, it } from "vitest";
import { columnName, fivetranColumnName, fivetranTableName, tableName } from "../../src/warehouse/naming.ts";

describe("names in the warehouse", () => {
  it.each([
    ["userID", "user_id"],
    ["abc1", "abc_1"],
    ["HTTPServer", "httpserver"],
    ["1abc", "1_abc"],
    ["Größe (cm)", "grosse_cm_"],
    ["naïve-été", "naive_ete"],
    ["$id", "_id"],
    ["__private", "_private"],
    ["order", "order"],
    ["日本", "_"],
    ["a1b2", "a_1_b_2"],
  ])("column %s is %s", (source, name) => {
    expect(fivetranColumnName(source)).toBe(name);
  });

  it("drops a table's leading underscores before a letter only", () => {
    expect([fivetranTableName("__Orders"), fivetranTableName("_1")]).toEqual(["orders", "_1"]);
  });

  it("leaves names alone in source naming", () => {
    expect([tableName("__Orders", "source"), columnName("userID", "source")]).toEqual(["__Orders", "userID"]);
  });
});
