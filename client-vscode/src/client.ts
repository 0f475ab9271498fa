/** The language client: one connection to one server. */

import * as os from "node:os";
import * as vscode from "vscode";
import {
  DidChangeConfigurationNotification,
  LanguageClient,
  RevealOutputChannelOn,
  State as ClientState,
  TransportKind,
} from "vscode-languageclient/node";
import type { LanguageClientOptions, Middleware } from "vscode-languageclient/node";
import type { Found } from "./interpreter";
import type { Running, State } from "./lifecycle";
import { serverSettings } from "./settings";
import type { Variables } from "./settings";

const SECTION = "sqlassay";
/** The command that the server's code actions name; the page is shown here rather than by the server. */
const SERVER_SHOW_RULE = "sqlassay.showRule";

/** What settings may refer to, for a file or for the window. */
export function variables(resource?: vscode.Uri): Variables {
  const folder = resource ? vscode.workspace.getWorkspaceFolder(resource) : vscode.workspace.workspaceFolders?.[0];
  return { workspaceFolder: folder?.uri.fsPath, userHome: os.homedir(), env: process.env };
}

function settingsFor(resource?: vscode.Uri): Record<string, unknown> {
  return serverSettings(vscode.workspace.getConfiguration(SECTION, resource), variables(resource));
}

export interface ClientParts {
  readonly log: vscode.LogOutputChannel;
  /** A folder without Python files: `python -m` imports from it first. */
  readonly cwd: string;
  readonly openRule: (rule: unknown) => void;
}

/** Starts `server`. Raises where the server does not come up; `report` hears of what happens to it later. */
export async function startClient(
  server: Found,
  report: (state: State) => void,
  { log, cwd, openRule }: ClientParts,
): Promise<Running> {
  const middleware: Middleware = {
    executeCommand: (command, args: unknown[], next) => {
      if (command === SERVER_SHOW_RULE) {
        openRule(args[0]);
        return undefined;
      }
      return next(command, args) as unknown;
    },
    workspace: {
      configuration: async (params, token, next) => {
        const plain = await next(params, token);
        if (!Array.isArray(plain)) {
          return plain;
        }
        return params.items.map(({ section, scopeUri }, index): unknown =>
          section === SECTION ? settingsFor(scopeUri ? vscode.Uri.parse(scopeUri) : undefined) : plain[index],
        );
      },
      // Sent below, in one shape, whether or not the server asked for it.
      didChangeConfiguration: () => Promise.resolve(),
    },
  };
  const options: LanguageClientOptions = {
    documentSelector: ["file", "untitled", "vscode-notebook-cell"].map((scheme) => ({ scheme, language: "python" })),
    initializationOptions: settingsFor(),
    outputChannel: log,
    traceOutputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    // The caller tells the user, once; false: do not try again.
    initializationFailedHandler: () => false,
    middleware,
  };
  const client = new LanguageClient(
    SECTION,
    "Sqlassay",
    {
      command: server.command,
      args: [...server.args, "server"],
      options: { cwd },
      transport: TransportKind.stdio,
    },
    options,
  );
  try {
    await client.start();
  } catch (error) {
    await client.dispose().catch(() => undefined);
    throw error;
  }
  // A server that dies is started again by the library, which tells the user when it gives up.
  const states = new Map<ClientState, State>([
    [ClientState.Starting, { kind: "starting" }],
    [ClientState.Running, { kind: "running", server }],
    [ClientState.Stopped, { kind: "stopped" }],
  ]);
  client.onDidChangeState(({ newState }) => {
    const state = states.get(newState);
    if (state !== undefined) {
      report(state);
    }
  });
  const settings = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(SECTION) && client.isRunning()) {
      void client.sendNotification(DidChangeConfigurationNotification.type, { settings: { [SECTION]: settingsFor() } });
    }
  });
  return {
    stop: () => {
      settings.dispose();
      return client.dispose();
    },
  };
}
