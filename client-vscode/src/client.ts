/** The language client: one connection to one server. */

import * as os from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
  CloseAction,
  DidChangeConfigurationNotification,
  ExecuteCommandRequest,
  LanguageClient,
  RevealOutputChannelOn,
  State as ClientState,
  TransportKind,
} from "vscode-languageclient/node";
import type { ErrorHandler, LanguageClientOptions, Middleware } from "vscode-languageclient/node";
import { Crashes } from "./crashes";
import { withCommands } from "./hover";
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

/** Hover text in which links to rule pages open them as `sqlassay.openRule` does. */
function trusted<Content>(content: Content): Content | vscode.MarkdownString {
  if (!(content instanceof vscode.MarkdownString)) {
    return content;
  }
  const text = new vscode.MarkdownString(withCommands(content.value), content.supportThemeIcons);
  text.isTrusted = { enabledCommands: ["sqlassay.openRule"] };
  return text;
}

/** It logs, and leaves telling the user to the caller: one failure, one message. */
class Client extends LanguageClient {
  started = false;

  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
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
    provideHover: async (document, position, token, next) => {
      const hover = await next(document, position, token);
      return hover && new vscode.Hover(hover.contents.map(trusted), hover.range);
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
  const crashes = new Crashes();
  let gaveUp = false;
  let lastLine: string | undefined;
  const logLines = (stream: Readable): void => {
    createInterface({ input: stream }).on("line", (line) => {
      lastLine = line.trim() || lastLine;
      log.info(line);
    });
  };
  const errorHandler: ErrorHandler = {
    error: (error, message, count) => standard.error(error, message, count),
    closed: () => {
      // A server that does not even start would only fail again.
      const again = client.started && crashes.note(Date.now());
      if (client.started && !again) {
        gaveUp = true;
        report({ kind: "crashed" });
      }
      return { action: again ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
    },
  };
  const options: LanguageClientOptions = {
    documentSelector: ["file", "untitled", "vscode-notebook-cell"].map((scheme) => ({ scheme, language: "python" })),
    initializationOptions: settingsFor(),
    outputChannel: log,
    traceOutputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    stdioOptions: { stdout: logLines, stderr: logLines },
    // Do not try again.
    initializationFailedHandler: () => false,
    errorHandler,
    middleware,
  };
  const client = new Client(
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
  const standard = client.createDefaultErrorHandler();
  try {
    await client.start();
    client.started = true;
  } catch (error) {
    await client.dispose().catch(() => undefined);
    // What the server said last tells more than that the connection broke.
    throw lastLine === undefined ? error : new Error(lastLine, { cause: error });
  }
  // A server that dies is started again by the library, as long as the error handler says so.
  const states = new Map<ClientState, State>([
    [ClientState.Starting, { kind: "starting" }],
    [ClientState.Running, { kind: "running", server }],
    [ClientState.Stopped, { kind: "stopped" }],
  ]);
  client.onDidChangeState(({ newState }) => {
    const state = states.get(newState);
    if (state !== undefined && !gaveUp) {
      report(state);
    }
  });
  const settings = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(SECTION) && client.isRunning()) {
      void client.sendNotification(DidChangeConfigurationNotification.type, { settings: { [SECTION]: settingsFor() } });
    }
  });
  return {
    ask: (command, ...args) =>
      client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args }) as Promise<unknown>,
    stop: () => {
      settings.dispose();
      return client.dispose();
    },
  };
}
