/** REST: records in JSON answers to GET requests. */
import { z } from "zod";
import { paginationSchema, parentSchema } from "../reading.ts";
import { httpSourceFields, httpSpecFields } from "./http.ts";

export const restSourceSchema = z.strictObject({ kind: z.literal("rest"), ...httpSourceFields });
export type RestSource = z.infer<typeof restSourceSchema>;

/** How the rows of a REST table are asked for. */
export const restReadSchema = z.strictObject({
  kind: z.literal("rest"),
  /** Relative to the base address, starting with `/`; `{placeholder}`s are bound by `parent`. */
  path: z.string().startsWith("/"),
  /** Parameters sent with every request of this table. */
  params: z.record(z.string(), z.string()).default({}),
  /** Dotted path of the list in the answer; "" is the answer itself. */
  records: z.string(),
  /** True when `records` holds one object instead of a list. */
  single: z.boolean().default(false),
  pagination: paginationSchema,
  parent: parentSchema.optional(),
});
export type RestRead = z.infer<typeof restReadSchema>;

export const restSpecSourceSchema = z.strictObject({
  kind: z.literal("rest"),
  ...httpSpecFields,
  /** Addresses or paths of descriptions (OpenAPI, Swagger, Postman, HAR) and of pages of prose, which a model reads. */
  docs: z.array(z.string().min(1)).default([]),
});

/** What a person may state of a REST table, besides what every table has. */
export const restSpecTableFields = {
  /** Endpoint path; required where no description is given. */
  path: z.string().startsWith("/").optional(),
  params: z.record(z.string(), z.string()).optional(),
  records: z.string().optional(),
  pagination: paginationSchema.optional(),
  parent: parentSchema.optional(),
};
