import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Found } from "../src/interpreter";
import { Lifecycle } from "../src/lifecycle";
import type { State } from "../src/lifecycle";

const server = (command: string): Found => ({ origin: "test", command, args: [], bundled: false, version: "1" });

/** A lifecycle over made-up servers; `story` tells what happened, in order. */
class Stage {
  found: Found | undefined = server("a");
  breaksOnStart = false;
  breaksOnStop = false;
  readonly story: string[] = [];
  readonly reports: ((state: State) => void)[] = [];
  readonly lifecycle = new Lifecycle({
    find: () => Promise.resolve({ found: this.found, attempts: [] }),
    start: async ({ command }, report) => {
      this.story.push(`start ${command}`);
      this.reports.push(report);
      await new Promise(setImmediate);
      if (this.breaksOnStart) {
        throw new Error("no handshake");
      }
      return {
        ask: (question, ...args) => Promise.resolve([command, question, ...args].join(" ")),
        stop: async () => {
          this.story.push(`stop ${command}`);
          await new Promise(setImmediate);
          if (this.breaksOnStop) {
            throw new Error("no answer");
          }
        },
      };
    },
    onState: (state) => this.story.push(state.kind === "failed" ? `failed: ${state.reason}` : state.kind),
  });
}

describe("the server's life", () => {
  it("starts and stops", async () => {
    const { lifecycle, story } = new Stage();
    await lifecycle.restart();
    assert.equal(lifecycle.server?.command, "a");
    await lifecycle.stop();
    assert.deepEqual(story, ["starting", "start a", "running", "stop a", "stopped"]);
  });

  it("never runs two servers, however fast the restarts come", async () => {
    const { lifecycle, story } = new Stage();
    await Promise.all([lifecycle.restart(), lifecycle.restart(), lifecycle.stop()]);
    assert.deepEqual(story, [
      ...["starting", "start a", "running"],
      ...["starting", "stop a", "start a", "running"],
      ...["stop a", "stopped"],
    ]);
  });

  it("does not come back once it was stopped for good", async () => {
    const { lifecycle, story } = new Stage();
    await lifecycle.stop();
    await lifecycle.restart();
    assert.deepEqual(story, ["stopped"]);
  });

  it("stays as it is where looking again finds the same command or none", async () => {
    const stage = new Stage();
    await stage.lifecycle.restart();
    await stage.lifecycle.refresh();
    stage.found = undefined;
    await stage.lifecycle.refresh();
    assert.deepEqual(stage.story, ["starting", "start a", "running"]);
    assert.equal(stage.lifecycle.server?.command, "a");
  });

  it("moves to another command where looking again finds one", async () => {
    const stage = new Stage();
    await stage.lifecycle.restart();
    stage.found = server("b");
    await stage.lifecycle.refresh();
    assert.deepEqual(stage.story.slice(3), ["starting", "stop a", "start b", "running"]);
    assert.equal(stage.lifecycle.server?.command, "b");
  });

  it("says when there is none, and finds it when it is installed later", async () => {
    const stage = new Stage();
    stage.found = undefined;
    await stage.lifecycle.restart();
    assert.equal(stage.lifecycle.server, undefined);
    await stage.lifecycle.refresh();
    stage.found = server("a");
    await stage.lifecycle.refresh();
    assert.deepEqual(stage.story, ["starting", "missing", "starting", "start a", "running"]);
  });

  it("says why a start failed, and can be started again", async () => {
    const stage = new Stage();
    stage.breaksOnStart = true;
    await stage.lifecycle.restart();
    stage.breaksOnStart = false;
    await stage.lifecycle.refresh();
    assert.deepEqual(stage.story, [
      ...["starting", "start a", "failed: no handshake"],
      ...["starting", "start a", "running"],
    ]);
  });

  it("starts anew although the old server does not stop", async () => {
    const stage = new Stage();
    stage.breaksOnStop = true;
    await stage.lifecycle.restart();
    await stage.lifecycle.restart();
    assert.deepEqual(stage.story.slice(3), ["starting", "stop a", "start a", "running"]);
  });

  it("asks the server that runs, and says when none does", async () => {
    const { lifecycle } = new Stage();
    await assert.rejects(lifecycle.ask("schema"), { message: "The server is not running." });
    await lifecycle.restart();
    assert.equal(await lifecycle.ask("schema", "file:///shop"), "a schema file:///shop");
    await lifecycle.stop();
    await assert.rejects(lifecycle.ask("schema"));
  });

  it("hears of the running server only, not of the one before", async () => {
    const stage = new Stage();
    await stage.lifecycle.restart();
    await stage.lifecycle.restart();
    const before = stage.story.length;
    stage.reports[0]?.({ kind: "stopped" });
    assert.equal(stage.story.length, before);
    stage.reports[1]?.({ kind: "stopped" });
    assert.deepEqual(stage.story.slice(before), ["stopped"]);
  });
});
