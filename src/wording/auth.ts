/** How a source is authenticated against, in words. */
import type { Auth } from "../artifacts/auth.ts";
import { code, codes } from "./markdown.ts";

/** Credential fields of `auth` name configuration keys (as they do in a blueprint). */
export function authInWords(auth: Auth): string {
  switch (auth.kind) {
    case "none":
      return "no credentials are sent";
    case "api_key":
      return `an API key (${code(auth.value)}) is sent in the ${auth.in === "header" ? "header" : "query parameter"} ${code(auth.name)}${auth.prefix ? `, after the text ${code(auth.prefix)}` : ""}`;
    case "basic":
      return `HTTP basic authentication with ${code(auth.username)}${auth.password ? ` and ${code(auth.password)}` : " and an empty password"}`;
    case "bearer":
      return `a token (${code(auth.token)}) is sent as ${code("Authorization: Bearer …")}`;
    case "oauth2_client_credentials":
      return `OAuth 2.0 client credentials: ${code(auth.client_id)} and ${code(auth.client_secret)} are exchanged at ${code(auth.token_url)} for an access token${auth.scopes.length > 0 ? ` with the scopes ${codes(auth.scopes)}` : ""}; they travel ${auth.client_auth === "body" ? "in the body of the request" : "as HTTP basic authentication"}`;
    case "session":
      return `a login: ${code(auth.username)} and ${code(auth.password)} are posted to ${code(auth.login_path)} as ${code(auth.username_field)} and ${code(auth.password_field)}, and the token at ${code(auth.token_path)} of the answer is sent in the header ${code(auth.header)}${auth.prefix ? ` after ${code(auth.prefix.trim())}` : ""}`;
  }
}
