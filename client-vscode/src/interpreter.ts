/** Which command starts the server: the places to look, in order, and the first that answers. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import * as path from "node:path";
import { ABSENT } from "./message";

/** A command that may run `sqlassay`; `args` come before its subcommand. */
export interface Candidate {
  readonly origin: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Whether it is the server that comes with the extension. */
  readonly bundled: boolean;
}

/** A candidate that answered. */
export interface Found extends Candidate {
  readonly version: string;
}

/** A candidate that did not, and why. */
export interface Attempt extends Candidate {
  readonly reason: string;
}

export type ImportStrategy = "fromEnvironment" | "useBundled";

export interface Surroundings {
  /** `sqlassay.path`, as a command in parts. */
  readonly path: readonly string[] | undefined;
  /** `sqlassay.interpreter`. */
  readonly interpreter: string | undefined;
  /** The Python that the Python extension has active. */
  readonly activeEnvironment: string | undefined;
  readonly importStrategy: ImportStrategy;
  /** The script that starts the extension's own server. */
  readonly bundled: string;
  readonly folders: readonly string[];
  readonly trusted: boolean;
  readonly platform: NodeJS.Platform;
}

const VENV_FOLDERS = [".venv", "venv"];
const VENV_PYTHON = { windows: path.join("Scripts", "python.exe"), other: path.join("bin", "python") };
const PATH_PYTHONS = { windows: ["python", "py"], other: ["python3", "python"] };
const PROBE_MILLISECONDS = 30_000;

/** A Python, and who says that it is one to use. */
type Python = readonly [origin: string, command: string];

/**
 * Where to look, best first. A setting is obeyed or reported, never silently passed over. An environment that lies in a
 * workspace is a program of that workspace: it is not run before the user trusts it.
 *
 * An environment without the package runs the extension's own server. From PATH, which is nobody's choice, that comes
 * after all that is installed.
 */
export function candidates(around: Surroundings, exists: (file: string) => boolean = existsSync): Candidate[] {
  const [command, ...args] = around.path ?? [];
  if (command !== undefined) {
    return [{ origin: "setting sqlassay.path", command, args, bundled: false }];
  }
  const own = (python: Python): Candidate => ({ ...module(python), args: [around.bundled], bundled: true });
  const both = (python: Python): Candidate[] =>
    around.importStrategy === "useBundled" ? [own(python)] : [module(python), own(python)];
  if (around.interpreter) {
    return both(["setting sqlassay.interpreter", around.interpreter]);
  }
  const kind = around.platform === "win32" ? "windows" : "other";
  const onPath = PATH_PYTHONS[kind].map((python): Python => [`${python} on PATH`, python]);
  const installed: Candidate[] = [
    ...onPath.map(module),
    { origin: "sqlassay on PATH", command: "sqlassay", args: [], bundled: false },
  ];
  return [
    ...environments(around, VENV_PYTHON[kind], exists).flatMap(both),
    ...(around.importStrategy === "useBundled" ? [] : installed),
    ...onPath.map(own),
  ];
}

function environments(around: Surroundings, inside: string, exists: (file: string) => boolean): Python[] {
  if (!around.trusted) {
    return [];
  }
  const active: Python[] = around.activeEnvironment
    ? [["active environment of the Python extension", around.activeEnvironment]]
    : [];
  const found = around.folders.flatMap((folder) =>
    VENV_FOLDERS.map((name): Python => [`${name} of the workspace`, path.join(folder, name, inside)]),
  );
  return [...active, ...found.filter(([, python]) => exists(python))];
}

function module([origin, command]: Python): Candidate {
  return { origin, command, args: ["-m", "sqlassay"], bundled: false };
}

/** A candidate's version, or the reason why it has none. */
export type Probe = (candidate: Candidate) => Promise<{ version: string } | { reason: string }>;

/** The first candidate that answers, with the attempts before it; all attempts where none does. */
export async function firstThatWorks(
  all: readonly Candidate[],
  probe: Probe,
): Promise<{ found: Found | undefined; attempts: Attempt[] }> {
  const attempts: Attempt[] = [];
  for (const candidate of all) {
    const answer = await probe(candidate);
    if ("version" in answer) {
      return { found: { ...candidate, version: answer.version }, attempts };
    }
    attempts.push({ ...candidate, reason: answer.reason });
  }
  return { found: undefined, attempts };
}

/** What a run of a command gave: `error` is set where it did not start, failed, or took too long. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: Error | null;
}

/**
 * Run a candidate with further arguments. `cwd` must hold no Python files: `python -m` imports from it first, and a
 * workspace's `logging.py` must never run.
 */
export function run(candidate: Candidate, args: readonly string[], cwd: string): Promise<Output> {
  return new Promise((resolve) => {
    execFile(
      candidate.command,
      [...candidate.args, ...args],
      { cwd, timeout: PROBE_MILLISECONDS, windowsHide: true, encoding: "utf8", maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        resolve({ stdout, stderr, error });
      },
    );
  });
}

const START_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: ABSENT,
  EACCES: "it is not a program that may be run",
};

function startFailure(error: (Error & { code?: unknown; killed?: boolean }) | null): string | undefined {
  return error?.killed ? "it gave no answer" : START_FAILURES[String(error?.code)];
}

/** Asks a candidate for `--version`, run from `cwd` (see `run`). */
export function versionProbe(cwd: string): Probe {
  return async (candidate) => {
    const { stdout, stderr, error } = await run(candidate, ["--version"], cwd);
    const version = /^sqlassay (\S+)/m.exec(stdout)?.[1];
    if (error === null && version !== undefined) {
      return { version };
    }
    const lastLine = [stderr, stdout].map((text) => text.trim().split(/\r?\n/).at(-1)).find(Boolean);
    return { reason: startFailure(error) ?? lastLine ?? error?.message ?? "it printed nothing" };
  };
}
