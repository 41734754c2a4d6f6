/** What must hold of every conversion: the draft is whole, each quotation stands in what is stored, and no secret is left. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject } from "../../../src/sources/http/describe/pointer.ts";
import { maskedAddress, scrub } from "../../../src/sources/http/describe/scrub.ts";
import { placeInJson } from "../../../src/sources/rest/describe/convert/json-place.ts";
import { describeText } from "../../support/describe-fixture.ts";

/** Letters and digits, as tokens have them; never a word that stands in the document otherwise. */
const secret = fc
  .string({ unit: fc.constantFrom(..."abcdefghjkmnpqrstuvwxyz23456789"), minLength: 10, maxLength: 30 })
  .map((text) => `Zq${text}7`);

function everywhere(value: string, basic: string): unknown {
  const encoded = Buffer.from(`ann:${basic}`).toString("base64");
  return {
    log: {
      version: "1.2",
      entries: [
        {
          request: {
            method: "GET",
            url: `https://ann:${basic}@api.example/things?api_key=${value}&page=1#access_token=${value}`,
            headers: [
              { name: "Authorization", value: `Bearer ${value}` },
              { name: "X-Api-Key", value },
              { name: "Cookie", value: `sid=${value}; other=${value}x` },
              { name: "Proxy-Authorization", value: `Basic ${encoded}` },
            ],
            cookies: [{ name: "sid", value, domain: "api.example", path: "/things" }],
            queryString: [{ name: "api_key", value }],
            postData: {
              mimeType: "application/json",
              text: JSON.stringify({ user: "ann", password: basic, nested: { clientSecret: value } }),
            },
          },
          response: {
            status: 200,
            headers: [
              { name: "Set-Cookie", value: `sid=${value}; Path=/` },
              { name: "Location", value: `https://api.example/next?token=${value}` },
            ],
            content: {
              mimeType: "application/json",
              text: JSON.stringify([
                {
                  id: 1,
                  refresh_token: value,
                  note: `sent with ${value}`,
                  link: `https://x.example/?sig=${value}`,
                  encoded,
                },
              ]),
            },
          },
        },
      ],
    },
  };
}

function collection(value: string, basic: string): unknown {
  const v21 = (pairs: Record<string, string>) =>
    Object.entries(pairs).map(([key, held]) => ({ key, value: held, type: "string" }));
  return {
    info: {
      name: "C",
      description: `Call it with -H 'X-Api-Key: ${value}'`,
      schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    auth: { type: "basic", basic: v21({ username: "ann", password: basic }) },
    variable: [
      { key: "apiToken", value },
      { key: "oddName", value: `${value}odd` },
      { key: "base", value: "https://api.example" },
    ],
    event: [{ listen: "test", script: { exec: [`pm.environment.set("x", "${value}script")`] } }],
    item: [
      {
        name: "R",
        request: {
          method: "GET",
          auth: { type: "apikey", apikey: v21({ key: "X-Key", value: "{{oddName}}" }) },
          header: [
            { key: "X-Api-Key", value },
            { key: "X-Odd", value: `${value}` },
          ],
          url: {
            raw: `{{base}}/things?token=${value}`,
            host: ["{{base}}"],
            path: ["things"],
            query: [{ key: "token", value }],
          },
          body: { mode: "urlencoded", urlencoded: [{ key: "client_secret", value }] },
        },
        response: [
          {
            code: 200,
            header: [{ key: "Set-Cookie", value: `a=${value}` }],
            cookie: [{ domain: "api.example", path: "/", value }],
            body: JSON.stringify([{ id: 1, accessToken: value, password: basic, note: `with ${value}` }]),
          },
        ],
      },
    ],
  };
}

describe("secrets", () => {
  test("are taken out of every place of a recording and a collection, and wherever they come again", () => {
    fc.assert(
      fc.property(secret, secret, (value, basic) => {
        for (const document of [everywhere(value, basic), collection(value, basic)]) {
          const text = JSON.stringify(scrub(document));
          expect(text).not.toContain(value);
          expect(text).not.toContain(basic);
          expect(text).not.toContain(Buffer.from(`ann:${basic}`).toString("base64"));
          expect(text).toContain("api.example");
          // Nothing is left to take out.
          expect(JSON.stringify(scrub(scrub(document)))).toBe(text);
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each<[string, (secret: string) => unknown]>([
    ["a header", (value) => ({ headers: [{ name: "Authorization", value }] })],
    ["a header with a word before", (value) => ({ headers: [{ name: "authorization", value: `Token ${value}` }] })],
    ["a header of the maker's own", (value) => ({ header: [{ key: "X-Shop-Access-Token", value }] })],
    ["headers as text", (value) => ({ header: `Accept: a/b\nX-Api-Key: ${value}` })],
    ["a cookie", (value) => ({ cookies: [{ name: "whatever", value }] })],
    ["a cookie header", (value) => ({ headers: [{ name: "Cookie", value: `theme=dark; whatever=${value}` }] })],
    ["a cookie that is set", (value) => ({ headers: [{ name: "set-cookie", value: `whatever=${value}; Path=/` }] })],
    ["a parameter", (value) => ({ queryString: [{ name: "sig", value }] })],
    ["an address", (value) => ({ url: `https://x.example/a?session=${value}&b=1` })],
    ["an address in a text", (value) => ({ description: `See [it](https://x.example/a?api_key=${value}).` })],
    ["the user of an address", (value) => ({ url: `https://ann:${value}@x.example/` })],
    ["a form", (value) => ({ postData: { text: `user=ann&password=${value}` } })],
    ["a field of a form", (value) => ({ urlencoded: [{ key: "client_secret", value }] })],
    ["a body", (value) => ({ text: `{"a":"b","nested":{"refreshToken" : "${value}"}}` })],
    ["a body that is cut off", (value) => ({ text: `{"a":"b","api_key":"${value}","c":"d` })],
    ["an auth block of pairs", (value) => ({ auth: { type: "hawk", hawk: [{ key: "authKey", value }] } })],
    [
      "an auth block of members",
      (value) => ({ auth: { type: "digest", digest: { username: "ann", password: value } } }),
    ],
    ["a variable by its name", (value) => ({ variable: [{ key: "shopToken", value }] })],
    ["a variable by its type", (value) => ({ variable: [{ key: "odd", value, type: "secret" }] })],
    [
      "a variable by its use",
      (value) => ({
        variable: [{ key: "odd", value }],
        item: { auth: { bearer: [{ key: "token", value: "{{odd}}" }] } },
      }),
    ],
    ["a command line", (value) => ({ description: `curl -H "X-Api-Key: ${value}" https://x.example` })],
    ["prose with a scheme", (value) => ({ description: `Send Bearer ${value} with it.` })],
    ["a well-known form", (value) => ({ note: `sk_live_${value}` })],
    ["a JSON web token", (value) => ({ note: `eyJhbGciOi.${value}.${value}` })],
  ])("are taken out of %s", (_, document) => {
    const value = "Zq7kd92hbv5mx8wt3r";
    const text = JSON.stringify(scrub(document(value)));
    expect(text).not.toContain(value);
    expect(text).toContain("****");
  });

  test("what is none stays: page tokens, references, names of variables, ordinary fields", () => {
    const plain = {
      headers: [{ name: "Authorization", value: "Bearer {{token}}" }],
      query: [
        { key: "page_token", value: "b2Zmc2V0OjI0" },
        { key: "key", value: "PROJ-1" },
      ],
      body: '{"next_page_token":"b2Zmc2V0OjI0","token_type":"bearer","key":"PROJ-1","tokens":12,"author":"ann"}',
      auth: {
        type: "apikey",
        apikey: [
          { key: "key", value: "X-Api-Key" },
          { key: "value", value: "{{secret}}" },
        ],
      },
      description: "Use a Bearer authentication header; see https://x.example/?page=2.",
    };
    expect(scrub(plain)).toEqual(plain);
  });

  test("are masked in addresses", () => {
    expect(maskedAddress("https://x.example/c.json?access_key=PMAT-0123456789&v=1")).toBe(
      "https://x.example/c.json?access_key=****&v=1",
    );
  });
});

describe("places in JSON", () => {
  test("the range found is the value, however the text is laid out", () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }),
        fc.integer({ min: 0, max: 3 }),
        fc.infiniteStream(fc.nat(50)),
        (json, indent, picks) => {
          const value: unknown = JSON.parse(json);
          const text = JSON.stringify(value, null, indent);
          const tokens: (string | number)[] = [];
          let at = value;
          while (typeof at === "object" && at !== null) {
            const keys = Object.keys(at);
            const key = keys[picks.next().value % (keys.length + 1)];
            if (key === undefined) break;
            tokens.push(Array.isArray(at) ? Number(key) : key);
            at = (at as Record<string, unknown>)[key];
          }
          const range = placeInJson(text, tokens);
          const found = text.slice(range?.start, range?.end);
          const last = tokens.at(-1);
          const whole = typeof last === "string" ? JSON.parse(`{${found}}`) : JSON.parse(found);
          expect(typeof last === "string" && isObject(whole) ? Object.values(whole)[0] : whole).toEqual(at);
        },
      ),
    );
  });

  test("there is none for what is not there", () => {
    expect(placeInJson('{"a":[1]}', ["a", 1])).toBeUndefined();
    expect(placeInJson('{"a":[1]}', ["b"])).toBeUndefined();
    expect(placeInJson('{"a":"cut', ["a"])).toBeUndefined();
  });
});

const name = fc
  .stringMatching(/^[a-z][a-zA-Z_]{0,12}$/)
  .filter((text) => !/^(__proto__|constructor|path|value)$/.test(text));
const cell = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom("2026-01-02T03:04:05Z", "2026-01-02", "2026-01-02T03:04:05"),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
);
const row = fc.dictionary(name, cell, { minKeys: 1, maxKeys: 5 });
const answer = fc.array(row, { minLength: 1, maxLength: 4 });

describe("conversions", () => {
  test("a recording of any rows is drafted, whole and with quotations that hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 3 }), fc.boolean(), async (answers, wrapped) => {
        const entries = answers.map((rows, index) => ({
          request: { method: "GET", url: `https://api.example/things?page=${index + 1}` },
          response: {
            status: 200,
            content: {
              mimeType: "application/json",
              text: JSON.stringify(wrapped ? { data: rows, next: index } : rows),
            },
          },
        }));
        // `describeText` checks evidence and blueprint.
        const found = await describeText("t.har", JSON.stringify({ log: { version: "1.2", entries } }));
        const columns = new Set(found.blueprint.tables[0]?.columns.map((column) => column.name));
        expect(columns).toEqual(new Set(answers.flat().flatMap((one) => Object.keys(one))));
      }),
      { numRuns: 60 },
    );
  });

  test("a collection of any rows is drafted, whole and with quotations that hold", async () => {
    await fc.assert(
      fc.asyncProperty(answer, fc.integer({ min: 0, max: 4 }), async (rows, indent) => {
        const response = [{ code: 200, body: JSON.stringify(rows, null, indent) }];
        const info = { name: "C", schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" };
        const item = [{ name: "T", request: "https://api.example/things", response }];
        const found = await describeText("c.json", JSON.stringify({ info, item }));
        expect(
          found.blueprint.tables[0]?.columns.every(
            (column) => column.nullable || column.name === found.blueprint.tables[0]?.primary_key[0],
          ),
        ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
