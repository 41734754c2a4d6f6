/** What a reply costs. The figures are data: `prices.json` says where and when they were read. */
import type { Usage } from "./model.ts";
import prices from "./prices.json" with { type: "json" };

export const DEFAULT_MODEL = "claude-opus-5-5";

/** USD per million tokens, for prompts of up to `upTo` tokens; without it for all. */
interface Tier {
  upTo?: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

const MODELS: ReadonlyMap<string, readonly Tier[]> = new Map(Object.entries(prices.models));

/** USD of one reply, or null when the model has no known price. */
export function priceOf(modelId: string, usage: Usage): number | null {
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite;
  const tier = MODELS.get(familyOf(modelId))?.find(({ upTo = Number.POSITIVE_INFINITY }) => prompt <= upTo);
  if (tier === undefined) return null;
  const millionths =
    usage.input * tier.input +
    usage.cacheRead * tier.cacheRead +
    usage.cacheWrite * tier.cacheWrite +
    usage.output * tier.output;
  return millionths / 1e6;
}

/**
 * The model's name without what other platforms and dates add to it:
 * `us.anthropic.claude-haiku-4-5-20251001-v1:0`, `claude-sonnet-4-5@20250929`, `claude-opus-4-6[1m]`.
 */
function familyOf(modelId: string): string {
  return modelId
    .replace(/^.*\bclaude-/, "claude-")
    .replace(/\[1m\]$/, "")
    .replace(/-v\d+(:\d+)?$/, "")
    .replace(/[@-](\d{8}|latest|default)$/, "");
}
