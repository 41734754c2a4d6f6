/** Parts of templates that client parts of several kinds of source include: settings, their check, waits. */
import { fileURLToPath } from "node:url";

/** Looked in last when a client part is rendered; part of what makes generated code stale. */
export const CLIENT_TEMPLATES = fileURLToPath(new URL("./client-templates", import.meta.url));
