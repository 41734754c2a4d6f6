import { expect, it } from "vitest";
import type { Exchange } from "../../src/sources/live.ts";
import type { Json } from "../../src/sources/record.ts";
import { shapeOf } from "../../src/tools/answer-shape.ts";

function exchange(json: Json, rest: Partial<Exchange>): Exchange {
  const body = JSON.stringify(json);
  return {
    method: "GET",
    address: "https://a.example/",
    status: 200,
    headers: {},
    body,
    cut: false,
    json,
    milliseconds: 1,
    ...rest,
  };
}

it("takes the errors of a refusal for no records, also those that GraphQL answers with 200", () => {
  const refusal = { errors: [{ message: "Unknown argument" }] };
  for (const rest of [{ status: 400 }, { method: "POST" }]) {
    expect(shapeOf(exchange(refusal, rest))).toEqual({
      path: undefined,
      records: [],
      lines: ['errors: [{"message":"Unknown argument"}]', "lists: none"],
    });
  }
  const partial = { data: { orders: { nodes: [{ id: 1 }] } }, errors: [{ message: "a" }, { message: "b" }] };
  expect(shapeOf(exchange(partial, { method: "POST" }))).toMatchObject({
    path: "data.orders.nodes",
    records: [{ id: 1 }],
  });
});

it("takes a listing of errors for what it is", () => {
  expect(shapeOf(exchange({ errors: [{ id: 1 }, { id: 2 }] }, {}))).toMatchObject({
    path: "errors",
    records: [{}, {}],
  });
});
