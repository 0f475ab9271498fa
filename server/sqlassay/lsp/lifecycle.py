"""initialize, initialized, shutdown, settings and workspace folders: how a session begins, changes and ends."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sqlassay.lsp import capabilities, convert, diagnostics, progress, settings, watch

if TYPE_CHECKING:
    from sqlassay.lsp.session import SqlassayServer

SETTINGS_TIMEOUT = 5.0
"""Seconds to wait for a client's settings: one that never answers must not keep us from working."""


def register(server: SqlassayServer) -> None:
    server.answer(types.INITIALIZE, initialize)
    server.answer(types.INITIALIZED, initialized)
    server.answer(types.SHUTDOWN, shutdown)
    server.answer(types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration)
    server.answer(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, did_change_workspace_folders)


def initialize(ls: SqlassayServer, params: types.InitializeParams) -> None:
    ls.start(capabilities.read(params.capabilities))
    # `initialized` begins; a client that never gets that far is served all the same.
    asyncio.get_running_loop().call_later(SETTINGS_TIMEOUT, ls.begin)
    uris = [folder.uri for folder in params.workspace_folders or ()]
    if params.workspace_folders is None:
        uris = [uri for uri in (params.root_uri, params.root_path and convert.uri_of(params.root_path)) if uri][:1]
    ls.folders = _paths(uris)
    ls.initial = params.initialization_options
    ls.settings = {"": settings.read(ls.initial)}
    _take(ls)


async def initialized(ls: SqlassayServer, _: types.InitializedParams) -> None:
    wanted = [
        (ls.client.watch, watch.registration()),
        (ls.client.configuration_events, _configuration_events()),
    ]
    registrations = [registration for able, registration in wanted if able]
    if registrations:
        ls.client_register_capability(types.RegistrationParams(registrations))
    try:
        await _fetch_settings(ls)
        await _take(ls)
        for root in list(ls.folders):
            await progress.index(ls, root)
    finally:
        ls.begin()
    diagnostics.refresh(ls)


def shutdown(ls: SqlassayServer, _: None) -> None:
    ls.end()


async def did_change_configuration(ls: SqlassayServer, params: types.DidChangeConfigurationParams) -> None:
    if ls.client.configuration:
        await _fetch_settings(ls)
    else:
        ls.settings = {"": settings.read(ls.initial, params.settings)}
    for root in await _take(ls):
        await progress.index(ls, root)
    diagnostics.refresh(ls)


async def did_change_workspace_folders(ls: SqlassayServer, params: types.DidChangeWorkspaceFoldersParams) -> None:
    removed = _paths(folder.uri for folder in params.event.removed)
    added = _paths(folder.uri for folder in params.event.added)
    ls.folders = {path: uri for path, uri in ls.folders.items() if path not in removed} | added
    if added and ls.client.configuration:
        await _fetch_settings(ls)
    new = await _take(ls)
    for root in new:
        await progress.index(ls, root)
    diagnostics.refresh(ls)


# ---- inside


def _paths(uris: Iterable[str]) -> dict[str, str]:
    """Folders on disk by path; a folder elsewhere holds nothing that we could read."""
    return {path: uri for uri in uris if (path := convert.path_of(uri)) is not None}


def _take(ls: SqlassayServer) -> asyncio.Future[list[str]]:
    """Have the worker take the settings and folders as they are now; it gives the folders to index."""
    chosen, roots = dict(ls.settings), list(ls.folders)

    def take() -> list[str]:
        anew = ls.projects.configure(chosen)
        return list(dict.fromkeys([*anew, *ls.projects.set_folders(roots)]))

    return ls.worker.run(take)


def _configuration_events() -> types.Registration:
    options = types.DidChangeConfigurationRegistrationOptions(section=settings.SECTION)
    return types.Registration("sqlassay-settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options)


async def _fetch_settings(ls: SqlassayServer) -> None:
    """Ask the client for its settings, for everything and for each folder. What it does not know stays as it was."""
    if not ls.client.configuration:
        return
    scopes = {"": None, **ls.folders}
    items = [types.ConfigurationItem(scope_uri=uri, section=settings.SECTION) for uri in scopes.values()]
    try:
        values = await asyncio.wait_for(
            ls.workspace_configuration_async(types.ConfigurationParams(items)), SETTINGS_TIMEOUT
        )
    except (JsonRpcException, asyncio.TimeoutError):
        ls.log("the client did not tell its settings", types.MessageType.Warning)
        return
    answers = itertools.chain(values or (), itertools.repeat(None))  # a client may give fewer, or none
    ls.settings = {path: settings.read(ls.initial, value) for path, value in zip(scopes, answers, strict=False)}
