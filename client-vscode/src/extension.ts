/** Where VS Code enters: puts the parts together. The analysis is the server's, never the client's. */

import * as vscode from "vscode";
import { startClient, variables } from "./client";
import { candidates, firstThatWorks, run, versionProbe } from "./interpreter";
import { Lifecycle } from "./lifecycle";
import type { State } from "./lifecycle";
import { attemptLines, missingMessage } from "./message";
import type { Action, Message } from "./message";
import { activeEnvironment, hasPythonExtension, watchActiveEnvironment } from "./pythonExtension";
import { RuleDocuments } from "./ruleDocument";
import type { RunSqlassay } from "./rules";
import { expand, serverCommand, START_KEYS } from "./settings";
import { appearance } from "./status";

let lifecycle: Lifecycle | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const cwd = context.extensionPath;
  const log = vscode.window.createOutputChannel("Sqlassay", { log: true });
  const bar = vscode.window.createStatusBarItem("sqlassay.status", vscode.StatusBarAlignment.Right);
  bar.name = "Sqlassay";
  bar.command = "sqlassay.showLog";
  bar.show();

  const sqlassay: RunSqlassay = (args) =>
    server.server === undefined
      ? Promise.resolve({ stdout: "", stderr: "", error: new Error("The server is not running.") })
      : run(server.server, args, cwd);
  const rules = new RuleDocuments(sqlassay);

  const server = new Lifecycle({
    find: async () => firstThatWorks(candidates(await surroundings()), versionProbe(cwd)),
    start: (found, report) => {
      log.info(`Starting ${[found.command, ...found.args, "server"].join(" ")} (${found.version}, ${found.origin})`);
      return startClient(found, report, { log, cwd, openRule: (rule) => void rules.open(rule) });
    },
    onState: (state) => {
      const { text, tooltip, background } = appearance(state);
      bar.text = text;
      bar.tooltip = tooltip;
      bar.backgroundColor = background && new vscode.ThemeColor(background);
      void tell(state, log);
    },
  });
  lifecycle = server;

  const commands: Record<string, () => unknown> = {
    "sqlassay.restartServer": () => server.restart(),
    "sqlassay.showLog": () => {
      log.show();
    },
    "sqlassay.fixFile": () =>
      vscode.commands.executeCommand("editor.action.sourceAction", { kind: "source.fixAll.sqlassay", apply: "first" }),
    "sqlassay.openRule": (rule?: unknown) => rules.open(rule),
  };
  const refresh = (): void => void server.refresh();
  context.subscriptions.push(
    log,
    bar,
    rules.register(),
    ...Object.entries(commands).map(([id, handler]) => vscode.commands.registerCommand(id, handler)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (START_KEYS.some((key) => event.affectsConfiguration(`sqlassay.${key}`))) {
        void server.restart();
      }
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(refresh),
    vscode.workspace.onDidGrantWorkspaceTrust(refresh),
  );
  await server.restart();
  const watching = await watchActiveEnvironment(refresh);
  if (watching !== undefined) {
    context.subscriptions.push(watching);
  }
}

export async function deactivate(): Promise<void> {
  await lifecycle?.stop();
}

async function surroundings(): Promise<Parameters<typeof candidates>[0]> {
  const settings = vscode.workspace.getConfiguration("sqlassay");
  const known = variables();
  const path = serverCommand(settings.get("path"), known);
  const interpreter = expand(settings.get<string>("interpreter", ""), known);
  const trusted = vscode.workspace.isTrusted;
  const needsEnvironment = trusted && path === undefined && interpreter === "";
  return {
    path,
    interpreter,
    activeEnvironment: needsEnvironment ? await activeEnvironment() : undefined,
    folders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    trusted,
    platform: process.platform,
  };
}

const ACTIONS: Readonly<Record<Action, () => Thenable<unknown>>> = {
  "Show Log": () => vscode.commands.executeCommand("sqlassay.showLog"),
  "Select Interpreter": () => vscode.commands.executeCommand("python.setInterpreter"),
  "Open Settings": () => vscode.commands.executeCommand("workbench.action.openSettings", "sqlassay."),
};

async function tell(state: State, log: vscode.LogOutputChannel): Promise<void> {
  let message: Message;
  if (state.kind === "missing") {
    log.warn("No server could be found. Tried:");
    attemptLines(state.attempts).forEach((line) => {
      log.warn(line);
    });
    message = missingMessage(state.attempts, hasPythonExtension());
  } else if (state.kind === "failed") {
    log.error(state.reason);
    message = { text: `Sqlassay could not start: ${state.reason}`, actions: ["Show Log"] };
  } else {
    return;
  }
  const action = await vscode.window.showWarningMessage(message.text, ...message.actions);
  if (action !== undefined) {
    await ACTIONS[action]();
  }
}
