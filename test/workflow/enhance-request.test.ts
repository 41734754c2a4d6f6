/** Requests for enhancements: words, files, and the template of the guide that people use. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkSubject, readWanted, wantedOf } from "../../src/workflow/enhance/request.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

/** As the guide has it, filled in by somebody in a hurry. */
const FILLED = `Task: Enhance existing Fivetran connector with invoices

Current Implementation:
- connectors/shop/connector.py reads orders and customers
- incremental by updated_at,
  with one page of fifty rows at a time

Enhancement Requirements:
1. New Features:
   - Read /invoices, key [ID]
   - [FEATURE_2]

2. Technical Improvements:
   - Look back two days for late orders
   - [IMPROVEMENT_2]

3. Quality Assurance:
   - Existing tables must not change
   - [PERFORMANCE_GOALS]

Expected Output:
- Updated connector.py with new functionality
- Modified configuration.json if needed
- Updated documentation
- Test cases for new features
`;
const TEMPLATE = `\`\`\`markdown
Task: Enhance existing Fivetran connector with [FEATURE]

Current Implementation:
- [DESCRIBE_CURRENT_FEATURES]

Enhancement Requirements:
1. New Features:
   - [FEATURE_1]
   - [FEATURE_2]

2. Technical Improvements:
   - [IMPROVEMENT_1]

Expected Output:
- Updated connector.py with new functionality
\`\`\``;

describe(verifies("enhance.model", "a request"), () => {
  it("is the guide's template as it is, and what nobody filled in is left out", () => {
    const { title, text, template } = wantedOf(FILLED);
    expect(title).toBe("invoices");
    expect(template).toEqual({
      current: [
        "connectors/shop/connector.py reads orders and customers",
        "incremental by updated_at, with one page of fifty rows at a time",
      ],
      features: ["Read /invoices, key [ID]"],
      improvements: ["Look back two days for late orders"],
      assurance: ["Existing tables must not change"],
      expected: [
        "Updated connector.py with new functionality",
        "Modified configuration.json if needed",
        "Updated documentation",
        "Test cases for new features",
      ],
      paths: ["connectors/shop/connector.py"],
    });
    expect(text).toContain("Look back two days");
    expect(text).toContain("Existing tables must not change");
    expect(text.match(/\[[A-Z_0-9]+\]/g)).toEqual(["[ID]"]);
    expect(wantedOf(`\`\`\`markdown\n${FILLED}\`\`\``).template?.features).toEqual(template?.features);
  });

  it("takes the task's name from the features where only those were filled in, and refuses the template as it came", () => {
    expect(wantedOf(TEMPLATE.replace("[FEATURE_1]", "Also read refunds")).title).toBe("Also read refunds");
    expect(() => wantedOf(TEMPLATE)).toThrow(/names no feature and no improvement/);
    expect(() => wantedOf("  \n")).toThrow(/empty/);
  });

  it("is read from a file, or is the words themselves", async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, "wish.md");
    await writeFile(file, FILLED.replaceAll("\n", "\r\n"));
    expect(await readWanted(file)).toMatchObject({
      title: "invoices",
      file,
      template: { features: [expect.any(String)] },
    });
    expect(await readWanted("also read invoices")).toEqual({ text: "also read invoices", title: "also read invoices" });
    await expect(readWanted(join(directory, "nowhere.md"))).rejects.toThrow(/no file/);
  });

  it("that names another connector's folder is refused; one that names this one, or none that is there, is not", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "other"));
    await writeFile(join(directory, "other/connector.py"), "");
    const about = (path: string) => wantedOf(FILLED.replace("connectors/shop/connector.py", path));
    const folder = join(directory, "shop");
    await expect(checkSubject(about(join(directory, "other/connector.py")), [folder])).rejects.toThrow(
      /not this connector/,
    );
    await expect(checkSubject(about(join(directory, "other")), [join(directory, "other")])).resolves.toBeUndefined();
    await expect(checkSubject(about("connector.py"), [folder])).resolves.toBeUndefined();
    await expect(checkSubject(about("connectors/shop"), [folder])).resolves.toBeUndefined();
  });
});
