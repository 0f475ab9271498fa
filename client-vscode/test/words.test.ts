import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counts } from "../src/counts";
import { Crashes, LIMIT, MINUTES } from "../src/crashes";
import { withCommands } from "../src/hover";
import type { Attempt } from "../src/interpreter";
import type { State } from "../src/lifecycle";
import { ABSENT, attemptLines, crashedMessage, missingMessage } from "../src/message";
import { appearance } from "../src/status";

const attempt = (origin: string, reason = "No module named sqlassay", bundled = false): Attempt => ({
  origin,
  command: "/my/python",
  args: bundled ? ["own.py"] : ["-m", "sqlassay"],
  bundled,
  reason,
});

describe("the message when there is no server", () => {
  it("says that there is no Python", () => {
    const { text, actions } = missingMessage([attempt("python3 on PATH", ABSENT), attempt("x", ABSENT, true)], true);
    assert.match(text, /no Python was found\. Install Python 3\.10 or newer, or set sqlassay\.interpreter/);
    assert.deepEqual(actions, ["Show Log", "Select Interpreter", "Open Settings"]);
  });

  it("says what keeps the first Python from running the extension's own server", () => {
    const attempts = [
      attempt(".venv of the workspace"),
      attempt(".venv of the workspace", "Python 3.8 is too old: Sqlassay needs 3.10 or newer", true),
      attempt("python3 on PATH", "something else", true),
    ];
    const { text } = missingMessage(attempts, false);
    assert.equal(
      text,
      "Sqlassay cannot start: .venv of the workspace: Python 3.8 is too old: Sqlassay needs 3.10 or newer",
    );
  });

  it("offers no interpreter picker where there is none", () => {
    assert.deepEqual(missingMessage([], false).actions, ["Show Log", "Open Settings"]);
  });

  it("names the setting that is at fault, its value and the last reason", () => {
    const setting = "setting sqlassay.interpreter";
    const { text, actions } = missingMessage([attempt(setting), attempt(setting, "too old", true)], true);
    assert.equal(text, "Sqlassay: sqlassay.interpreter is /my/python, which does not run it: too old");
    assert.deepEqual(actions, ["Show Log", "Open Settings"]);
  });

  it("logs each attempt", () => {
    assert.deepEqual(attemptLines([attempt("python3 on PATH")]), [
      "python3 on PATH: /my/python -m sqlassay: No module named sqlassay",
    ]);
  });
});

describe("a server that dies again and again", () => {
  it("is started again up to a limit", () => {
    const crashes = new Crashes();
    const starts = Array.from({ length: LIMIT + 1 }, (_, second) => crashes.note(second * 1000));
    assert.deepEqual(starts, [...Array<boolean>(LIMIT).fill(true), false]);
  });

  it("has its crashes forgotten after a while", () => {
    const crashes = new Crashes();
    const apart = (MINUTES * 60_000) / LIMIT;
    assert.ok(Array.from({ length: 50 }, (_, each) => crashes.note(each * apart)).every(Boolean));
  });

  it("is given up with a message that leads to the log", () => {
    assert.deepEqual(crashedMessage().actions, ["Show Log", "Restart Server"]);
  });
});

describe("counting findings", () => {
  it("counts ours alone, by document, as they are now", () => {
    const counts = new Counts();
    counts.note("a", [{ source: "sqlassay" }, { source: "ruff" }, { source: "sqlassay" }, {}]);
    counts.note("b", [{ source: "sqlassay" }]);
    assert.deepEqual([counts.findings, counts.files], [3, 2]);
    counts.note("a", [{ source: "ruff" }]);
    assert.deepEqual([counts.findings, counts.files], [1, 1]);
  });
});

describe("hover links", () => {
  it("show a rule's page rather than the source of a file", () => {
    const text = "x [The whole page of n-plus-one](file:///cache/n-plus-one.md) [other](file:///cache/y.md)";
    assert.equal(
      withCommands(text),
      "x [The whole page of n-plus-one](command:sqlassay.openRule?%5B%22n-plus-one%22%5D) [other](file:///cache/y.md)",
    );
  });
});

describe("the status bar", () => {
  const server = {
    origin: ".venv of the workspace",
    command: "/shop/.venv/bin/python",
    args: [],
    bundled: false,
    version: "0.1.0",
  };
  const none = { findings: 0, files: 0 };
  const states: State[] = [
    { kind: "starting" },
    { kind: "running", server },
    { kind: "stopped" },
    { kind: "missing", attempts: [] },
    { kind: "failed", reason: "no handshake" },
    { kind: "crashed" },
  ];

  it("looks different in every state", () => {
    const looks = states.map((state) => appearance(state, none));
    assert.equal(new Set(looks.map(({ tooltip }) => tooltip)).size, states.length);
  });

  it("says which server runs", () => {
    const { tooltip } = appearance({ kind: "running", server }, none);
    for (const part of [server.version, server.origin, server.command]) {
      assert.ok(tooltip.includes(part), part);
    }
  });

  it("counts findings, and leads to them", () => {
    const look = appearance({ kind: "running", server }, { findings: 3, files: 1 });
    assert.match(look.text, / 3$/);
    assert.match(look.tooltip, /^3 findings in 1 open file\./);
    assert.equal(look.command, "workbench.actions.view.problems");
    assert.doesNotMatch(appearance({ kind: "running", server }, none).text, /\d/);
  });

  it("leads to the log where something is wrong", () => {
    const wrong = states.filter(({ kind }) => kind !== "running");
    assert.ok(wrong.every((state) => appearance(state, none).command === "sqlassay.showLog"));
  });

  it("says when the server is the extension's own", () => {
    const own = { kind: "running", server: { ...server, bundled: true } } as const;
    assert.match(appearance(own, none).tooltip, /of the extension/);
  });

  it("is coloured only where the user has to act", () => {
    const coloured = states.filter((state) => appearance(state, none).background !== undefined).map(({ kind }) => kind);
    assert.deepEqual(coloured, ["missing", "failed", "crashed"]);
    assert.match(appearance({ kind: "failed", reason: "no handshake" }, none).tooltip, /no handshake/);
  });
});
