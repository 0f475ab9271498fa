import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attempt } from "../src/interpreter";
import type { State } from "../src/lifecycle";
import { attemptLines, missingMessage } from "../src/message";
import { appearance } from "../src/status";

const attempt = (origin: string): Attempt => ({
  origin,
  command: "/my/python",
  args: ["-m", "sqlassay"],
  reason: "No module named sqlassay",
});

describe("the message when there is no server", () => {
  it("says how to get one", () => {
    const { text, actions } = missingMessage([attempt("python3 on PATH"), attempt("python on PATH")], true);
    assert.match(text, /pip install sqlassay/);
    assert.match(text, /sqlassay\.interpreter/);
    assert.deepEqual(actions, ["Show Log", "Select Interpreter", "Open Settings"]);
  });

  it("offers no interpreter picker where there is none", () => {
    assert.deepEqual(missingMessage([], false).actions, ["Show Log", "Open Settings"]);
  });

  it("names the setting that is at fault, its value and the reason", () => {
    const { text, actions } = missingMessage([attempt("setting sqlassay.interpreter")], true);
    assert.equal(
      text,
      "Sqlassay: sqlassay.interpreter is /my/python, which does not run it: No module named sqlassay",
    );
    assert.deepEqual(actions, ["Show Log", "Open Settings"]);
  });

  it("logs each attempt", () => {
    assert.deepEqual(attemptLines([attempt("python3 on PATH")]), [
      "python3 on PATH: /my/python -m sqlassay: No module named sqlassay",
    ]);
  });
});

describe("the status bar", () => {
  const server = { origin: ".venv of the workspace", command: "/shop/.venv/bin/python", args: [], version: "0.1.0" };
  const states: State[] = [
    { kind: "starting" },
    { kind: "running", server },
    { kind: "stopped" },
    { kind: "missing", attempts: [] },
    { kind: "failed", reason: "no handshake" },
  ];

  it("looks different in every state", () => {
    const looks = states.map((state) => appearance(state));
    assert.equal(new Set(looks.map(({ text }) => text)).size, states.length);
    assert.equal(new Set(looks.map(({ tooltip }) => tooltip)).size, states.length);
  });

  it("says which server runs", () => {
    const { tooltip } = appearance({ kind: "running", server });
    for (const part of [server.version, server.origin, server.command]) {
      assert.ok(tooltip.includes(part), part);
    }
  });

  it("is coloured only where the user has to act", () => {
    const coloured = states.filter((state) => appearance(state).background !== undefined).map(({ kind }) => kind);
    assert.deepEqual(coloured, ["missing", "failed"]);
    assert.match(appearance({ kind: "failed", reason: "no handshake" }).tooltip, /no handshake/);
  });
});
