/** `configuration.json`: flat, strings only, a placeholder for what each connection has of its own. */
import type { ConfigurationKey } from "../../../artifacts/blueprint.ts";

export function configurationFile(keys: readonly ConfigurationKey[]): string {
  const entries = keys.map(({ key, default: value, required }) => [
    key,
    value ?? `<${required ? "YOUR" : "OPTIONAL"}_${key.toUpperCase()}>`,
  ]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}
