/** Reading what `fivetran deploy` printed, in the forms of several versions. */
import { expect, it } from "vitest";
import { readPrinted } from "../../../src/targets/fivetran/deploy/output.ts";

const lines = (text: string) => text.split("\n");

it("finds ids in any case, and takes the last", () => {
  const printed = readPrinted(lines("  package id: shy_one\n✓ connection updated\n Connection ID: calm_two\n"));
  expect(printed).toMatchObject({ connection: "calm_two", packageId: "shy_one", testsFailed: false });
  expect(readPrinted(["connection id: None"])).not.toHaveProperty("connection");
});

it("reads the setup tests that failed, each with what it says", () => {
  const printed = readPrinted(
    lines(
      "connection created but setup tests failed\n✗ failed setup tests:\n  test: One\n  status: FAILED\n  message: no: not this\n  test: Two\n  status: JOB_FAILED\n  message: None\nconnection id: a_b",
    ),
  );
  expect(printed).toMatchObject({ testsFailed: true, connection: "a_b" });
  expect(printed.failedTests).toEqual([
    { title: "One", status: "FAILED", message: "no: not this" },
    { title: "Two", status: "JOB_FAILED", message: "None" },
  ]);
});

it("says what went wrong in the command's words, without its marks, and falls back on its last line", () => {
  const upload = lines("› uploading package\n✗ failed to upload the package error: Too Many Requests: Slow down\n");
  expect(readPrinted(upload).complaint).toBe("failed to upload the package error: Too Many Requests: Slow down");
  expect(readPrinted(lines("starting\nTraceback\nKeyError: 'id'\n\n")).complaint).toBe("KeyError: 'id'");
  expect(readPrinted([]).complaint).toBe("");
});
