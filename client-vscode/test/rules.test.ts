import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Output } from "../src/interpreter";
import { RuleError, ruleNames, rulePage } from "../src/rules";
import type { RunSqlassay } from "../src/rules";

/** A command line that gives `output`; the arguments it got are pushed to `calls`. */
function sqlassay(output: Partial<Output>, calls: string[] = []): RunSqlassay {
  return (args) => {
    calls.push(args.join(" "));
    return Promise.resolve({ stdout: "", stderr: "", error: null, ...output });
  };
}

describe("a rule's page", () => {
  it("is what the command line gives", async () => {
    const calls: string[] = [];
    assert.equal(await rulePage("n-plus-one", sqlassay({ stdout: "# n-plus-one" }, calls)), "# n-plus-one");
    assert.deepEqual(calls, ["rule n-plus-one --output-format markdown"]);
  });

  for (const name of ["--all", "-h", "", "../x", "a b", "n-plus-one\n"]) {
    it(`is not asked for as ${JSON.stringify(name)}`, async () => {
      const calls: string[] = [];
      await assert.rejects(rulePage(name, sqlassay({}, calls)), RuleError);
      assert.deepEqual(calls, []);
    });
  }

  it("tells what the command line says of an unknown rule", async () => {
    const failing = sqlassay({ stderr: "no rule is called n-plus-on: n-plus-one?\n", error: new Error("exit 2") });
    await assert.rejects(rulePage("n-plus-on", failing), { message: "no rule is called n-plus-on: n-plus-one?" });
  });

  it("tells of a command line that did not start", async () => {
    await assert.rejects(rulePage("ALC601", sqlassay({ error: new Error("ENOENT") })), { message: "ENOENT" });
  });
});

describe("the list of rules", () => {
  const rule = { code: "ALC601", name: "n-plus-one", summary: "A lazy relationship is read in a loop." };

  it("is read from JSON", async () => {
    const calls: string[] = [];
    assert.deepEqual(await ruleNames(sqlassay({ stdout: JSON.stringify([rule]) }, calls)), [rule]);
    assert.deepEqual(calls, ["rule --all --output-format json"]);
  });

  for (const stdout of ["", "{}", "[null]", '[{"code": "ALC601"}]', "not json"]) {
    it(`is refused as ${JSON.stringify(stdout)}`, async () => {
      await assert.rejects(ruleNames(sqlassay({ stdout })), /other than a list of rules/);
    });
  }
});
