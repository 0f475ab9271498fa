import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { describe, it } from "node:test";
import { candidates, firstThatWorks, run, versionProbe } from "../src/interpreter";
import type { Candidate, Surroundings } from "../src/interpreter";

const AROUND: Surroundings = {
  path: undefined,
  interpreter: undefined,
  activeEnvironment: undefined,
  importStrategy: "fromEnvironment",
  bundled: "own.py",
  folders: [path.join("/", "shop"), path.join("/", "stock")],
  trusted: true,
  platform: "linux",
};

const commands = (around: Partial<Surroundings>, files: string[] = []): string[] =>
  candidates({ ...AROUND, ...around }, (file) => files.includes(file)).map(({ command, args }) =>
    [command, ...args].join(" "),
  );

const INSTALLED = ["python3 -m sqlassay", "python -m sqlassay", "sqlassay"];
const OWN = ["python3 own.py", "python own.py"];
const ON_PATH = [...INSTALLED, ...OWN];

describe("where the server is looked for", () => {
  it("asks PATH where nothing else is known", () => {
    assert.deepEqual(commands({}), ON_PATH);
  });

  it("puts the active environment first, then each folder's .venv and venv, each with its own package first", () => {
    const python = (folder: string, name: string): string => path.join("/", folder, name, "bin", "python");
    const files = [python("stock", ".venv"), python("shop", "venv"), python("shop", ".venv")];
    assert.deepEqual(commands({ activeEnvironment: "/env/bin/python" }, files), [
      ...["/env/bin/python -m sqlassay", "/env/bin/python own.py"],
      ...[`${python("shop", ".venv")} -m sqlassay`, `${python("shop", ".venv")} own.py`],
      ...[`${python("shop", "venv")} -m sqlassay`, `${python("shop", "venv")} own.py`],
      ...[`${python("stock", ".venv")} -m sqlassay`, `${python("stock", ".venv")} own.py`],
      ...ON_PATH,
    ]);
  });

  it("knows how Windows names them", () => {
    const python = path.join("/", "shop", ".venv", "Scripts", "python.exe");
    assert.deepEqual(commands({ platform: "win32" }, [python]), [
      ...[`${python} -m sqlassay`, `${python} own.py`],
      ...["python -m sqlassay", "py -m sqlassay", "sqlassay"],
      ...["python own.py", "py own.py"],
    ]);
  });

  it("runs nothing that lies in a workspace that is not trusted", () => {
    const python = path.join("/", "shop", ".venv", "bin", "python");
    assert.deepEqual(commands({ trusted: false, activeEnvironment: "/shop/.venv/bin/python" }, [python]), ON_PATH);
  });

  it("obeys sqlassay.interpreter alone, and sqlassay.path before it", () => {
    assert.deepEqual(commands({ interpreter: "/my/python", activeEnvironment: "/env/python" }), [
      "/my/python -m sqlassay",
      "/my/python own.py",
    ]);
    assert.deepEqual(commands({ path: ["uvx", "sqlassay"], interpreter: "/my/python" }), ["uvx sqlassay"]);
  });
});

describe("the extension's own server", () => {
  it("alone is run where the user wants that", () => {
    const python = path.join("/", "shop", ".venv", "bin", "python");
    assert.deepEqual(commands({ importStrategy: "useBundled" }, [python]), [`${python} own.py`, ...OWN]);
    assert.deepEqual(commands({ importStrategy: "useBundled", interpreter: "/my/python" }), ["/my/python own.py"]);
  });

  it("is told from one that is installed", () => {
    const all = candidates(AROUND, () => false);
    assert.deepEqual(
      all.filter(({ bundled }) => bundled).map(({ args }) => args),
      [["own.py"], ["own.py"]],
    );
  });
});

describe("the first that works", () => {
  const all: Candidate[] = ["a", "b", "c"].map((command) => ({
    origin: command,
    command,
    args: [],
    bundled: false,
  }));

  it("is taken, what came before is remembered, what comes after is not run", async () => {
    const asked: string[] = [];
    const { found, attempts } = await firstThatWorks(all, ({ command }) => {
      asked.push(command);
      return Promise.resolve(command === "b" ? { version: "1.2.3" } : { reason: "no" });
    });
    assert.deepEqual(found, { origin: "b", command: "b", args: [], bundled: false, version: "1.2.3" });
    assert.deepEqual(attempts, [{ origin: "a", command: "a", args: [], bundled: false, reason: "no" }]);
    assert.deepEqual(asked, ["a", "b"]);
  });

  it("is nobody where none answers", async () => {
    const { found, attempts } = await firstThatWorks(all, () => Promise.resolve({ reason: "no" }));
    assert.equal(found, undefined);
    assert.equal(attempts.length, 3);
  });
});

describe("asking for the version", () => {
  const node = (script: string): Candidate => ({
    origin: "test",
    command: process.execPath,
    args: ["-e", script, "--"],
    bundled: false,
  });
  const ask = (candidate: Candidate): ReturnType<ReturnType<typeof versionProbe>> => versionProbe(tmpdir())(candidate);

  it("reads it", async () => {
    assert.deepEqual(await ask(node("console.log('sqlassay 0.1.0')")), { version: "0.1.0" });
  });

  it("gives the last line of a failure", async () => {
    const script = "console.error('Traceback\\nNo module named sqlassay'); process.exit(1)";
    assert.deepEqual(await ask(node(script)), { reason: "No module named sqlassay" });
  });

  it("does not take another program's answer", async () => {
    assert.deepEqual(await ask(node("console.log('Python 3.12.1')")), { reason: "Python 3.12.1" });
    assert.deepEqual(await ask(node("")), { reason: "it printed nothing" });
  });

  it("does not take a failing program's answer", async () => {
    assert.deepEqual(await ask(node("console.log('sqlassay 0.1.0'); process.exit(3)")), { reason: "sqlassay 0.1.0" });
  });

  it("says so where there is no such program", async () => {
    const answer = await ask({ ...node(""), command: path.join(tmpdir(), "no-such-python") });
    assert.deepEqual(answer, { reason: "there is no such program" });
  });

  it("runs in the folder it is given", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "sqlassay-"));
    try {
      writeFileSync(path.join(folder, "here.txt"), "");
      const { stdout } = await run(node("console.log(fs.readdirSync('.').join())"), [], folder);
      assert.equal(stdout.trim(), "here.txt");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
