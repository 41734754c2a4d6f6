/** A small described source for runs from end to end: three tables, a token, a parent and its children. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export const SHOP_DESCRIPTION = `
openapi: 3.0.3
info: { title: Shop, version: "1" }
servers: [{ url: "https://api.shop.example/v1" }]
security: [{ token: [] }]
paths:
  /orders:
    get:
      summary: All orders
      parameters:
        - { name: page, in: query, schema: { type: integer, default: 1 } }
        - { name: per_page, in: query, schema: { type: integer, maximum: 50 } }
        - { name: updated_since, in: query, description: "Only orders updated at or after this time.", schema: { type: string, format: date-time } }
        - { name: sort, in: query, schema: { type: string, enum: [updated_at, id] } }
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  data: { type: array, items: { $ref: "#/components/schemas/Order" } }
                  total_pages: { type: integer }
  /orders/{order_id}:
    get:
      parameters: [{ name: order_id, in: path, required: true, schema: { type: integer } }]
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } }
  /orders/{order_id}/items:
    get:
      parameters: [{ name: order_id, in: path, required: true, schema: { type: integer } }]
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Item" } }
  /customers:
    get:
      parameters:
        - { name: limit, in: query, schema: { type: integer, default: 20 } }
        - { name: cursor, in: query, schema: { type: string } }
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  data: { type: array, items: { $ref: "#/components/schemas/Customer" } }
                  next_cursor: { type: string, nullable: true }
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
  schemas:
    Order:
      type: object
      required: [id, updated_at]
      properties:
        id: { type: integer, format: int64 }
        status: { type: string, enum: [open, paid, shipped] }
        total: { type: number }
        updated_at: { type: string, format: date-time }
        group: { type: string }
        address: { type: object, properties: { city: { type: string } } }
    Item:
      type: object
      required: [id]
      properties:
        id: { type: integer }
        quantity: { type: integer }
        weight: { type: number, format: double }
    Customer:
      type: object
      required: [id]
      properties:
        id: { type: string }
        name: { type: string }
        created_at: { type: string, format: date-time }
`;

export const SHOP_SECRET = "shop-token-4f9a7c/+=";

/** Writes description and spec; returns the spec's path. \`extra\` is YAML at the top level of the spec. */
export async function writeShop(directory: string, extra = "test: { mode: simulated }\n"): Promise<string> {
  await writeFile(join(directory, "shop.yaml"), SHOP_DESCRIPTION);
  const spec = join(directory, "spec.yaml");
  const auth = 'auth: { kind: bearer, token: "${env:SHOP_TOKEN}" }';
  await writeFile(spec, `name: Shop\nsource:\n  kind: rest\n  docs: [shop.yaml]\n  ${auth}\n${extra}`);
  return spec;
}
