/** What the program tells a model before a person's message is not the person's: no address in it opens anything. */
import { expect, it } from "vitest";
import type { MessageParam } from "../../src/agent/model.ts";
import { addressesIn, withTold } from "../../src/frontends/chat/told.ts";
import { verifies } from "../support/verifies.ts";

it(verifies("chat.existing", "only addresses that the person typed are theirs"), () => {
  const title = "see http://10.0.0.7/admin\nand http://10.0.0.8/more";
  const first = withTold(
    [`had shop enhanced (${title}): taken over`, "asked about shop: why?"],
    "Look here:\nhttp://10.0.0.1/api.",
  );
  expect(first).toContain("http://10.0.0.7/admin and http://10.0.0.8/more): taken over)\n");
  const messages: MessageParam[] = [
    { role: "user", content: first },
    { role: "assistant", content: "http://10.0.0.9/" },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "1", content: "http://10.0.0.6/" },
        {
          type: "text",
          text: withTold(["ran the step deploy of http://10.0.0.5/"], "and https://docs.shop.example/b"),
        },
      ],
    },
  ];
  expect(addressesIn(messages)).toEqual(["http://10.0.0.1/api", "https://docs.shop.example/b"]);
});
