/** What a connector was kept from while it was put to the proof, see `python/confined.py`. */
import { z } from "zod";

export const deniedSchema = z.object({
  event: z.literal("denied"),
  what: z.enum(["connection", "file"]),
  /** `host:port`, or the file's path. */
  name: z.string(),
});

/** Why the sync ends, in one sentence for people. */
export function denial({ what, name }: z.infer<typeof deniedSchema>): string {
  return what === "connection"
    ? `the connector connects to ${name}, which is not the source that its configuration names; nothing was sent`
    : `the connector writes to ${name}, which is outside its folder; nothing was written`;
}
