import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { expand, serverCommand, serverSettings } from "../src/settings";
import type { Configuration, Variables } from "../src/settings";

const VARIABLES: Variables = { workspaceFolder: "/shop", userHome: "/home/ada", env: { TOOLS: "/tools" } };

const configuration = (values: Record<string, unknown>): Configuration => ({ get: (key) => values[key] });

describe("what the server is told", () => {
  it("is nothing where nothing is set", () => {
    const empty = { select: [], ignore: [], severities: {}, targetVersion: "", dialect: [], configuration: "" };
    assert.deepEqual(serverSettings(configuration(empty), VARIABLES), {});
    assert.deepEqual(serverSettings(configuration({}), VARIABLES), {});
    assert.deepEqual(serverSettings(configuration({ select: null }), VARIABLES), {});
  });

  it("is what is set, under the same names", () => {
    const values = {
      select: ["strict"],
      extendSelect: ["ALC6"],
      ignore: ["n-plus-one"],
      severities: { ALC601: "error" },
      targetVersion: "1.4",
      dialect: ["postgresql"],
      fixOnSave: true,
    };
    assert.deepEqual(serverSettings(configuration(values), VARIABLES), values);
  });

  it("keeps a false that switches something off", () => {
    assert.deepEqual(serverSettings(configuration({ fixOnSave: false }), VARIABLES), { fixOnSave: false });
  });

  it("expands the path of a configuration file", () => {
    const settings = serverSettings(configuration({ configuration: "${workspaceFolder}/sqlassay.toml" }), VARIABLES);
    assert.deepEqual(settings, { configuration: "/shop/sqlassay.toml" });
  });

  it("leaves out what is the client's own", () => {
    const values = { interpreter: "/python", path: "/sqlassay", "trace.server": "verbose" };
    assert.deepEqual(serverSettings(configuration(values), VARIABLES), {});
  });
});

describe("variables", () => {
  const cases: [string, string][] = [
    ["${workspaceFolder}/.venv/bin/python", "/shop/.venv/bin/python"],
    ["${userHome}/bin:${env:TOOLS}/bin", "/home/ada/bin:/tools/bin"],
    ["~/bin/python", "/home/ada/bin/python"],
    ["~", "/home/ada"],
    ["~ada/bin", "~ada/bin"],
    ["/a~/b", "/a~/b"],
    ["${env:MISSING}/x", "${env:MISSING}/x"],
    ["${command:pick}", "${command:pick}"],
  ];
  for (const [text, expected] of cases) {
    it(text, () => {
      assert.equal(expand(text, VARIABLES), expected);
    });
  }

  it("leaves ${workspaceFolder} where there is no folder", () => {
    assert.equal(expand("${workspaceFolder}/x", { ...VARIABLES, workspaceFolder: undefined }), "${workspaceFolder}/x");
  });
});

describe("sqlassay.path", () => {
  const cases: [unknown, string[] | undefined][] = [
    [undefined, undefined],
    ["", undefined],
    [[], undefined],
    [[""], undefined],
    [7, undefined],
    ["~/bin/sqlassay", ["/home/ada/bin/sqlassay"]],
    [["uvx", "sqlassay"], ["uvx", "sqlassay"]],
  ];
  for (const [value, expected] of cases) {
    it(inspect(value), () => {
      assert.deepEqual(serverCommand(value, VARIABLES), expected);
    });
  }
});
