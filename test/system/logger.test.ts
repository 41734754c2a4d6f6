import { describe, expect, it } from "vitest";
import { createLogger } from "../../src/system/logger.ts";
import { createRedactor } from "../../src/system/secrets.ts";

describe("the diagnostic log", () => {
  it("has one JSON object a line, and no secret anywhere in it", () => {
    const lines: string[] = [];
    const { redact } = createRedactor(["hidden-value-1"]);
    const log = createLogger({ level: "debug", write: (line) => lines.push(line), redact });
    log.debug({ url: "https://a.example/?key=hidden-value-1" }, "asked with hidden-value-1");
    log.trace("too fine");
    expect(lines).toHaveLength(1);
    const entry = JSON.parse(lines[0] ?? "");
    expect(entry).toMatchObject({ level: 20, msg: "asked with ****", url: "https://a.example/?key=****" });
    expect(lines.join("")).not.toContain("hidden-value-1");
  });

  it("is silent unless it is asked for", () => {
    const lines: string[] = [];
    createLogger({ level: "silent", write: (line) => lines.push(line), redact: (text) => text }).info("x");
    expect(lines).toEqual([]);
  });
});
