/** Which values of a configuration are to be masked in what people, models and files get to see. */
import { createRedactor } from "../../system/secrets.ts";

/**
 * A function that masks them. `secretKeys` names the keys whose values are secret; without it every value is one but for
 * numbers, booleans, dates, and addresses that hold no credentials.
 */
export function configurationRedactor(
  configuration: Record<string, string>,
  secretKeys?: readonly string[],
): (text: string) => string {
  const secrets = Object.entries(configuration).flatMap(([key, value]) => {
    const secret = secretKeys === undefined ? looksSecret(value) : secretKeys.includes(key);
    return secret ? [value] : [];
  });
  return createRedactor(secrets).redact;
}

function looksSecret(value: string): boolean {
  if (/^[+-]?\d{1,9}(\.\d+)?$/.test(value) || /^(true|false|yes|no|none|null)$/i.test(value)) return false;
  if (/^\d{4}-\d\d-\d\d([T ][\d:.]*(Z|[+-]\d\d:?\d\d)?)?$/.test(value)) return false;
  if (!URL.canParse(value) || !/^https?:/i.test(value)) return true;
  const { username, password, search } = new URL(value);
  return username !== "" || password !== "" || search !== "";
}
