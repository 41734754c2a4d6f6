/** Which names carry secrets: of headers, parameters, cookies, variables and fields. */
import { snake } from "./names.ts";

/** Where a name stands: short names are credentials in a query, and ordinary fields in a record. */
export type SecretPlace = "header" | "query" | "cookie" | "auth" | "variable" | "field";

const SECRET =
  /(^|_)(authorization|password|passwd|passwort|pwd|passphrase|secret|api_?key|app_?key|access_?key|private_?key|secret_?key|user_?key|subscription_key|signing_key|session_?key|(auth|access|refresh|id|session|bearer|login|security)_?token|csrf|xsrf|jwt|bearer|credentials?|otp|signature|cookie2?)(_|$)/;
/** Tokens that ask for a page and open nothing. */
const PAGE_TOKEN =
  /(^|_)(page|next|prev|previous|continuation|cursor|sync|resume|start|end|scroll|delta|offset|position|marker|skip)(_|$)/;
/** Things said about a secret, which are none. */
const ABOUT =
  /_(url|uri|endpoint|type|types|expires?|expires_(at|in|on)|expiry|expiration|at|in|on|count|header|header_name|param|location|placement|prefix|method|required|enabled|status|name|label|hint|field|length|policy)$/;
/** Credentials in headers, queries and variables only. */
const SHORT =
  /^(x_)?(key|auth|sig|sid|session|session_?id|j?sessionid|phpsessid|pass|hmac|state|code|login|ticket|nonce)$/;
/** Keys of Postman's auth blocks that say how, and not with what. */
const PUBLIC_AUTH = new Set(
  (
    "type key in add_token_to token_type grant_type access_token_url refresh_token_url auth_url redirect_uri scope header_prefix " +
    "token_name client_authentication algorithm realm region service signature_method version use_browser add_params_to_header " +
    "challenge_algorithm query_param_key add_auth_data_to include_body_hash disabled description name id audience resource"
  ).split(" "),
);

const NO_CREDENTIAL = /csrf|xsrf|cookie|signature|nonce|^(x_)?(state|code|ticket)$|postman_token/;

export function isSecretName(name: string, place: SecretPlace): boolean {
  if (place === "cookie") return true;
  const plain = snake(name);
  if (place === "auth") return !PUBLIC_AUTH.has(plain);
  if (ABOUT.test(plain)) return false;
  if (SECRET.test(plain)) return true;
  if (/(^|_)token$|^token_|apitoken$|authtoken$/.test(plain)) return !PAGE_TOKEN.test(plain);
  return place !== "field" && SHORT.test(plain);
}

/** Whether the name alone makes it a credential: of a short name only a long value is one. */
export function isSecretPair(name: string, value: string, place: SecretPlace): boolean {
  if (!isSecretName(name, place)) return false;
  const plain = snake(name);
  if (place === "auth" || place === "cookie" || !SHORT.test(plain)) return true;
  if (/^(x_)?(auth|pass)$/.test(plain) || (place === "header" && plain !== "state")) return true;
  return value.length >= (plain === "key" && place === "query" ? 12 : 16);
}

/**
 * Whether a request is let in by it: no token against forgery, nothing that a browser keeps for itself. `value` is scrubbed,
 * so that a short name counts where a secret was, or where there is none yet.
 */
export function isCredential(pair: { name: string; value: string }, place: "header" | "query"): boolean {
  const plain = snake(pair.name);
  if (!isSecretName(pair.name, place) || NO_CREDENTIAL.test(plain)) return false;
  return !SHORT.test(plain) || pair.value === "" || /\*{4}|\{\{/.test(pair.value);
}
