/** Where VS Code enters: puts the parts together. The analysis is the server's, never the client's. */

import * as vscode from "vscode";
import { startClient, variables } from "./client";
import type { Held } from "./configuration";
import { ConfigurationDocuments } from "./configurationDocument";
import { Counts } from "./counts";
import { candidates, firstThatWorks, run, versionProbe } from "./interpreter";
import type { ImportStrategy } from "./interpreter";
import { Lifecycle } from "./lifecycle";
import type { State } from "./lifecycle";
import { attemptLines, crashedMessage, missingMessage } from "./message";
import type { Action, Message } from "./message";
import { activeEnvironment, hasPythonExtension, watchActiveEnvironment } from "./pythonExtension";
import { RuleDocuments } from "./ruleDocument";
import type { RunSqlassay } from "./rules";
import type { Diagram } from "./schema/model";
import { SchemaPanels } from "./schema/panel";
import { expand, serverCommand, START_KEYS } from "./settings";
import { StatusBar } from "./statusBar";

let lifecycle: Lifecycle | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const cwd = context.extensionPath;
  const log = vscode.window.createOutputChannel("Sqlassay", { log: true });
  const counts = new Counts();
  const bar = new StatusBar(counts);

  const sqlassay: RunSqlassay = (args) =>
    server.server === undefined
      ? Promise.resolve({ stdout: "", stderr: "", error: new Error("The server is not running.") })
      : run(server.server, args, cwd);
  const rules = new RuleDocuments(sqlassay);
  const configuration = new ConfigurationDocuments(
    (uri) => server.ask("sqlassay.configuration", ...(uri === undefined ? [] : [uri])) as Promise<Held | null>,
  );
  const schemas = new SchemaPanels(
    context.extensionUri,
    (uri) => server.ask("sqlassay.schema", uri) as Promise<Diagram | null>,
  );

  const server = new Lifecycle({
    find: async () =>
      firstThatWorks(candidates(await surroundings(context.asAbsolutePath("bundled/run.py"))), versionProbe(cwd)),
    start: (found, report) => {
      log.info(`Starting ${[found.command, ...found.args, "server"].join(" ")} (${found.version}, ${found.origin})`);
      return startClient(found, report, { log, cwd, openRule: (rule) => void rules.open(rule) });
    },
    onState: (state) => {
      bar.show(state);
      void vscode.commands.executeCommand("setContext", "sqlassay.running", state.kind === "running");
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
    "sqlassay.fixAllInWorkspace": () => fixWorkspace(server),
    "sqlassay.openRule": (rule?: unknown) => rules.open(rule),
    "sqlassay.showSchema": () => schemas.show(),
    "sqlassay.showConfiguration": () => configuration.show(),
  };
  const refresh = (): void => void server.refresh();
  context.subscriptions.push(
    log,
    bar,
    rules.register(),
    configuration.register(),
    schemas.register(),
    ...Object.entries(commands).map(([id, handler]) => vscode.commands.registerCommand(id, handler)),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      for (const uri of uris) {
        counts.note(uri.toString(), vscode.languages.getDiagnostics(uri));
      }
      bar.refresh();
    }),
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

async function surroundings(bundled: string): Promise<Parameters<typeof candidates>[0]> {
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
    importStrategy: settings.get<ImportStrategy>("importStrategy", "fromEnvironment"),
    bundled,
    folders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    trusted,
    platform: process.platform,
  };
}

/** The server sends one edit for all files, which the editor shows before it changes anything. */
async function fixWorkspace(server: Lifecycle): Promise<void> {
  if ((await server.ask("sqlassay.fixWorkspace")) === 0) {
    void vscode.window.showInformationMessage("Sqlassay: there is nothing in the workspace that is safe to fix.");
  }
}

const ACTIONS: Readonly<Record<Action, () => Thenable<unknown>>> = {
  "Show Log": () => vscode.commands.executeCommand("sqlassay.showLog"),
  "Restart Server": () => vscode.commands.executeCommand("sqlassay.restartServer"),
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
    message = { text: `Sqlassay could not start: ${state.reason}`, actions: ["Show Log", "Restart Server"] };
  } else if (state.kind === "crashed") {
    message = crashedMessage();
  } else {
    return;
  }
  const action = await vscode.window.showWarningMessage(message.text, ...message.actions);
  if (action !== undefined) {
    await ACTIONS[action]();
  }
}
