import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor, resolveReference } from "../../src/system/secrets.ts";

describe("a reference", () => {
  it("is resolved from the environment", async () => {
    expect(await resolveReference("${env:A}", { environment: { A: "value" }, baseDirectory: "/" })).toBe("value");
  });

  it("is resolved from a file beside the spec, without its last line break", async () => {
    const directory = await mkdtemp(join(tmpdir(), "secrets-"));
    await writeFile(join(directory, "key.txt"), "value\n");
    expect(await resolveReference("${file:key.txt}", { environment: {}, baseDirectory: directory })).toBe("value");
  });

  it("names the variable that is not set", async () => {
    await expect(resolveReference("${env:NOT_SET}", { environment: {}, baseDirectory: "/" })).rejects.toThrow(
      "NOT_SET",
    );
  });

  it("names the file that is not there", async () => {
    await expect(resolveReference("${file:none.txt}", { environment: {}, baseDirectory: "/tmp" })).rejects.toThrow(
      "none.txt",
    );
  });
});

describe("redaction", () => {
  const secret = 'pa$$ wörd/+=&7"x';

  it.each([
    ["as it is", (s: string) => s],
    ["URL-encoded", encodeURIComponent],
    ["as a form field", (s: string) => new URLSearchParams({ k: s }).toString()],
    ["in JSON", (s: string) => JSON.stringify({ k: s })],
    ["in base64", (s: string) => Buffer.from(s).toString("base64")],
    ["in base64url", (s: string) => Buffer.from(s).toString("base64url")],
    ["in a basic header after a user's name", (s: string) => Buffer.from(`somebody:${s}`).toString("base64")],
    ["in a basic header after another user's name", (s: string) => Buffer.from(`some:${s}`).toString("base64")],
    ["in a basic header after a third", (s: string) => Buffer.from(`so:${s}`).toString("base64")],
  ])("hides a secret %s", (_, encode) => {
    const { redact } = createRedactor([secret]);
    const shown = redact(`before ${encode(secret)} after`);
    expect(shown).toContain("****");
    expect(shown).not.toContain(secret);
    // What is left of an encoding must not give the secret back.
    expect(Buffer.from(shown.split(" ")[1] ?? "", "base64").toString()).not.toContain(secret.slice(2, -2));
  });

  it("leaves text alone that holds no secret", () => {
    const { redact } = createRedactor(["a-long-secret-value"]);
    fc.assert(fc.property(fc.string(), (text) => text.includes("a-long") || redact(text) === text));
  });

  it("never shows a secret, whatever is around it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4 }), fc.string(), fc.string(), (value, before, after) => {
        const { redact } = createRedactor([value]);
        return value.includes("*") || !redact(`${before}${value}${after}`).includes(value);
      }),
    );
  });
});
