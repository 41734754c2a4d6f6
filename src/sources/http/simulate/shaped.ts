/** Nested values of a stated shape: some members are null or absent, lists are empty or have a few items. */
import type { Column, Shape } from "../../../artifacts/blueprint.ts";
import type { Json } from "../../record.ts";
import type { Random } from "./random.ts";

const NULL_SHARE = 0.15;
const ABSENT_SHARE = 0.1;

export interface Making {
  /** Makes a value of a column's type. */
  leaf: (column: Column) => Json;
  /** Whether members of objects may be absent: sources that are asked for fields by name give all of them. */
  sparse: boolean;
}

/** A column's own value is never null. */
export function makeShaped(shape: Shape, random: Random, making: Making): Json {
  const inner = (member: Shape): Json => (random.chance(NULL_SHARE) ? null : makeShaped(member, random, making));
  switch (shape.kind) {
    case "value":
      return making.leaf({ name: "value", type: shape.type, nullable: false });
    case "list":
      // A list of lists, or of objects: null items are for nobody to keep.
      return Array.from({ length: random.int(0, 3) }, () => makeShaped(shape.items, random, making));
    case "object": {
      const members = shape.fields.filter(() => !making.sparse || !random.chance(ABSENT_SHARE));
      return Object.fromEntries(members.map((field) => [field.name, inner(field.shape)]));
    }
  }
}
