/**
 * The blueprint of a GraphQL source as the maker of corpora takes it: which rows there are, how keys and parents hang
 * together and what changes, does not depend on how rows are asked for.
 */
import type { BlueprintOf, RestBlueprint, RestTable } from "../../../artifacts/blueprint.ts";
import type { GraphqlPaging } from "../../../artifacts/kinds/graphql.ts";
import type { Pagination } from "../../../artifacts/reading.ts";

export function corpusOutline(blueprint: BlueprintOf<"graphql">): RestBlueprint {
  const { kind: _, ...source } = blueprint.source;
  return {
    ...blueprint,
    source: { ...source, kind: "rest" },
    tables: blueprint.tables.map((table): RestTable => {
      const { parent, paging } = table.read;
      const place = (parent?.bind ?? []).map(({ placeholder }) => `/{${placeholder}}`).join("");
      return {
        ...table,
        read: {
          kind: "rest",
          path: `/${encodeURIComponent(table.name)}${place}`,
          params: {},
          records: "data",
          single: false,
          pagination: paginationOf(paging),
          ...(parent === undefined ? {} : { parent }),
        },
      };
    }),
  };
}

function paginationOf(paging: GraphqlPaging): Pagination {
  switch (paging.style) {
    case "list":
      return { style: "none" };
    case "connection":
      return {
        style: "cursor",
        cursor_param: paging.after,
        next: "next",
        size_param: paging.first,
        size: paging.size,
        cursor_only: false,
      };
    case "offset":
      return { style: "offset", offset_param: paging.offset, limit_param: paging.limit, limit: paging.size };
  }
}
