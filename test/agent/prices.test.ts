import { describe, expect, it } from "vitest";
import type { Usage } from "../../src/agent/model.ts";
import { DEFAULT_MODEL, priceOf } from "../../src/agent/prices.ts";

const MILLION: Usage = { input: 1e6, cacheRead: 1e6, cacheWrite: 1e6, output: 1e6 };
const SMALL: Usage = { input: 1000, cacheRead: 90_000, cacheWrite: 9000, output: 2000 };

describe("the price of a reply", () => {
  it.each([
    ["claude-opus-5-5", 4 + 0.2 + 5 + 20],
    ["claude-sonnet-5-5", 2 + 0.1 + 2.5 + 10],
    ["claude-fable-5-1", 10 + 0.25 + 12.5 + 50],
    ["claude-mythos-5-1", 10 + 0.25 + 12.5 + 50],
    ["claude-fable-5", 10 + 1 + 12.5 + 50],
    ["claude-opus-4-8", 5 + 0.5 + 6.25 + 25],
    ["claude-sonnet-5", 2 + 0.2 + 2.5 + 10],
    ["claude-sonnet-4-6", 3 + 0.3 + 3.75 + 15],
    ["claude-haiku-4-5", 1 + 0.1 + 1.25 + 5],
  ])("of %s counts each kind of token", (model, usd) => {
    expect(priceOf(model, MILLION)).toBeCloseTo(usd, 9);
  });

  it("of a model with two tiers goes by the whole prompt, cached or not", () => {
    const small = (1000 * 0.1 + 90_000 * 0.01 + 9000 * 0.125 + 2000 * 0.5) / 1e6;
    expect(priceOf("claude-haiku-5-5", SMALL)).toBeCloseTo(small, 12);
    const over = { ...SMALL, input: 1001 };
    expect(priceOf("claude-haiku-5-5", over)).toBeCloseTo(
      (1001 * 0.5 + 90_000 * 0.05 + 9000 * 0.625 + 2000 * 2.5) / 1e6,
      12,
    );
  });

  it.each([
    "claude-haiku-4-5-20251001",
    "claude-haiku-4-5-latest",
    "claude-haiku-4-5[1m]",
    "anthropic.claude-haiku-4-5",
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "global.anthropic.claude-haiku-4-5-v1",
    "claude-haiku-4-5@20251001",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
  ])("is found for %s", (model) => {
    expect(priceOf(model, MILLION)).toBeCloseTo(7.35, 9);
  });

  it.each(["claude-opus-9", "claude-opus-5-55", "gpt-x", "", "constructor", "claude-haiku-4-5-preview"])(
    "is unknown for %s",
    (model) => expect(priceOf(model, MILLION)).toBeNull(),
  );

  it("is known for the default model", () => {
    expect(priceOf(DEFAULT_MODEL, MILLION)).toBeGreaterThan(0);
  });
});
