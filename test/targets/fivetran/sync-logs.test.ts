import { describe, expect, it } from "vitest";
import { createLogKeeper } from "../../../src/targets/debugger/logs.ts";
import { configurationRedactor } from "../../../src/targets/debugger/redact.ts";

describe("what a connector prints", () => {
  const keeper = (redact = (text: string) => text) => {
    let signs = 0;
    const logs = createLogKeeper({ redact, onSign: () => signs++ });
    return { logs, signs: () => signs };
  };

  it("is read line by line, across pieces and characters", () => {
    const { logs, signs } = keeper();
    const bytes = Buffer.from(
      "12:30:00.123 WARNING  ⚡ connector größer\r\n                                 als\nplain\n",
    );
    for (const byte of bytes) logs.write("stdout", Buffer.from([byte]));
    logs.write("stderr", Buffer.from("no end"));
    logs.end();
    expect(logs.lines()).toEqual([
      { level: "warning", origin: "connector", text: "größer" },
      { level: "warning", origin: "connector", text: "als" },
      { level: "info", origin: "stdout", text: "plain" },
      { level: "warning", origin: "stderr", text: "no end" },
    ]);
    expect(signs()).toBe(2);
  });

  it("keeps the first and the last lines of very many, in order", () => {
    const { logs } = keeper();
    for (let i = 0; i < 12_345; i++) logs.write("stdout", Buffer.from(`line ${i}\n`));
    const texts = logs.lines().map((line) => line.text);
    expect(texts).toHaveLength(5001);
    expect(texts.slice(999, 1002)).toEqual(["line 999", "… 7345 lines left out …", "line 8345"]);
    expect(texts.at(-1)).toBe("line 12344");
  });

  it("redacts before it cuts", () => {
    const { logs } = keeper((text) => text.replaceAll("secret", "****"));
    logs.write("stdout", Buffer.from(`${"x".repeat(4092)}secret\n`));
    expect(logs.lines()[0]?.text).toBe(`${"x".repeat(4092)}****`);
  });
});

describe("which values are secret", () => {
  const configuration = {
    api_key: "abcd1234",
    base_url: "https://api.example.com/v1",
    signed_url: "https://api.example.com/v1?token=abc",
    with_user: "https://me:pw@example.com",
    page_size: "100",
    enabled: "true",
    start: "2026-01-01T00:00:00Z",
    phone: "491711234567",
  };
  it("is all but evident numbers, booleans, dates and addresses", () => {
    const redact = configurationRedactor(configuration);
    expect(Object.values(configuration).map(redact)).toEqual([
      "****",
      "https://api.example.com/v1",
      "****",
      "****",
      "100",
      "true",
      "2026-01-01T00:00:00Z",
      "****",
    ]);
  });
  it("can be said", () => {
    const redact = configurationRedactor(configuration, ["page_size", "start", "api_key"]);
    expect(redact("abcd1234 on 2026-01-01T00:00:00Z from https://me:pw@example.com")).toBe(
      "**** on **** from https://me:pw@example.com",
    );
  });
});
