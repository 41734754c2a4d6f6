/** What people and messages call things by. */
import type { Table } from "../artifacts/blueprint.ts";

/** What a message may call the table by, besides its name. */
export function placesOf({ read }: Table): string[] {
  switch (read.kind) {
    case "rest":
      return [read.path];
    case "graphql":
      return [read.field];
    case "database":
      return [read.relation];
    case "file":
      return [read.pattern];
  }
}
