import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor, FIELDS_OF_OURS, resolveReference, withoutSecrets } from "../../src/system/secrets.ts";

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

describe("redaction of a text that arrives in pieces", () => {
  /** Secrets of few letters, so that they overlap each other and themselves, and the text is full of their beginnings. */
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "/", "ä", "*", '"', "😀"), minLength: 4, maxLength: 9 });
  const forms = (secret: string) => [
    secret,
    secret.slice(0, -1),
    secret.slice(2),
    encodeURIComponent(secret),
    new URLSearchParams({ v: secret }).toString().slice(2),
    JSON.stringify(secret),
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret).toString("base64url"),
    Buffer.from(`u:${secret}`).toString("base64"),
    Buffer.from(`us:${secret}`).toString("base64"),
  ];
  const texts = fc.array(letters, { minLength: 1, maxLength: 3 }).chain((secrets) =>
    fc.record({
      secrets: fc.constant(secrets),
      parts: fc.array(
        fc.oneof(
          fc.constantFrom(...secrets.flatMap(forms)),
          fc.string({ unit: fc.constantFrom("a", "b", "/", " ", "*", "%"), maxLength: 5 }),
        ),
        { maxLength: 8 },
      ),
      cuts: fc.array(fc.nat(), { maxLength: 20 }),
    }),
  );

  it("gives what redaction of the whole gives, for any secret and any split", () => {
    fc.assert(
      fc.property(texts, ({ secrets, parts, cuts }) => {
        const { redact, stream } = createRedactor(secrets);
        const text = parts.join("");
        const ends = [...new Set([...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
        const { push, end } = stream();
        expect(pieces.map(push).join("") + end()).toBe(redact(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("holds back only what could still become a secret", () => {
    const { stream } = createRedactor(["hunter2"]);
    const { push, end } = stream();
    expect(push("The word is h")).toBe("The word is ");
    expect(push("unt")).toBe("");
    expect(push("ing")).toBe("hunting");
    expect(push(" hunter")).toBe(" ");
    expect(push("2!")).toBe("****!");
    expect(push("hun")).toBe("");
    expect(end()).toBe("hun");
    expect(end()).toBe("");
  });

  it("counts a secret that becomes known on the way", () => {
    const redactor = createRedactor(["hunter2"]);
    const { push, end } = redactor.stream();
    expect(push("abc hunt")).toBe("abc ");
    redactor.add("hunted!");
    expect(push("ed! by")).toBe("**** by");
    expect(end()).toBe("");
  });

  it("leaves no end of a secret that overlaps another, or itself", () => {
    const { redact } = createRedactor(["abcd", "cdef", "xyxy"]);
    expect(redact("1 abcdef 2 cdefabcd 3 xyxyxy 4 xyxyxyxy 5")).toBe("1 **** 2 ******** 3 **** 4 **** 5");
  });
});

describe("a value without secrets", () => {
  const redactor = createRedactor(["1234", "pass", 'quo"ted']);

  it("keeps what is counted, and whatever the secret is made of", () => {
    const told = { rows: 1234, details: ['a quo"ted b', { text: "id 1234" }], gone: null };
    expect(withoutSecrets(told, redactor)).toEqual({
      rows: 1234,
      details: ["a **** b", { text: "id ****" }],
      gone: null,
    });
  });

  it("leaves our own words alone where it is told to", () => {
    const told = { verdict: "pass", summary: "pass" };
    expect(withoutSecrets(told, redactor, FIELDS_OF_OURS)).toEqual({ verdict: "pass", summary: "****" });
    expect(withoutSecrets(told, redactor).verdict).toBe("****");
  });
});
