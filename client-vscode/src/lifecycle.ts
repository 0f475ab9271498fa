/** Starts, restarts and stops the server, one step at a time, and says which state it is in. */

import type { Attempt, Found } from "./interpreter";

export type State =
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly server: Found }
  | { readonly kind: "stopped" }
  | { readonly kind: "missing"; readonly attempts: readonly Attempt[] }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "crashed" };

/** A started server. */
export interface Running {
  /** Have the server run one of its commands; gives its answer. */
  ask(command: string, ...args: unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

export interface Parts {
  find(): Promise<{ found: Found | undefined; attempts: readonly Attempt[] }>;
  /** Starts the server; may call `report` later, when the server dies or comes back by itself. Raises on failure. */
  start(server: Found, report: (state: State) => void): Promise<Running>;
  onState(state: State): void;
}

export class Lifecycle {
  private queue: Promise<void> = Promise.resolve();
  private running: Running | undefined;
  private command: string | undefined;
  private disposed = false;

  constructor(private readonly parts: Parts) {}

  /** The server that was started last, or undefined where none was found. */
  server: Found | undefined;

  /** Have the running server run one of its commands. Raises where none runs. */
  ask(command: string, ...args: unknown[]): Promise<unknown> {
    return this.running?.ask(command, ...args) ?? Promise.reject(new Error("The server is not running."));
  }

  /** Start the server anew, whatever runs now. */
  restart(): Promise<void> {
    return this.inTurn(async () => {
      this.parts.onState({ kind: "starting" });
      await this.stopRunning();
      await this.startFound();
    });
  }

  /** Look again, and start anew only where another command is found: environments and folders change often. */
  refresh(): Promise<void> {
    return this.inTurn(async () => {
      const { found } = await this.parts.find();
      if (found !== undefined && key(found) !== this.command) {
        this.parts.onState({ kind: "starting" });
        await this.stopRunning();
        await this.startFound(found);
      }
    });
  }

  /** Stop for good. */
  stop(): Promise<void> {
    return this.inTurn(async () => {
      this.disposed = true;
      await this.stopRunning();
      this.parts.onState({ kind: "stopped" });
    });
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(() => (this.disposed ? undefined : step()));
    return this.queue;
  }

  private async startFound(known?: Found): Promise<void> {
    const { found, attempts } = known ? { found: known, attempts: [] } : await this.parts.find();
    this.server = found;
    if (found === undefined) {
      this.parts.onState({ kind: "missing", attempts });
      return;
    }
    // A server that was stopped may still report: what it says is no longer about us.
    let current = true;
    const report = (state: State): void => {
      if (current) {
        this.parts.onState(state);
      }
    };
    try {
      const started = await this.parts.start(found, report);
      this.command = key(found);
      this.running = {
        ask: started.ask.bind(started),
        stop: () => {
          current = false;
          return started.stop();
        },
      };
      this.parts.onState({ kind: "running", server: found });
    } catch (error) {
      current = false;
      this.parts.onState({ kind: "failed", reason: reasonOf(error) });
    }
  }

  private async stopRunning(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    this.command = undefined;
    try {
      await running?.stop();
    } catch {
      // It is gone or does not answer; the next one starts in any case.
    }
  }
}

function key(server: Found): string {
  return JSON.stringify([server.command, ...server.args, server.version]);
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
