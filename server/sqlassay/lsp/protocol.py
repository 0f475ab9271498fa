"""JSON-RPC for clients that misbehave: every request gets an answer, nothing gets a traceback."""

from __future__ import annotations

import logging
from collections.abc import Generator
from concurrent.futures import Future
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method

from sqlassay.lsp.capabilities import position_unit

logger = logging.getLogger(__name__)

OURS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
)
"""Messages that pygls would handle with a text store of its own: the linter has one, and a second one costs time on
every keystroke and raises on edits of files that were never opened."""

DECLINED = frozenset(
    each.value
    for each in (
        types.LSPErrorCodes.RequestCancelled,
        types.LSPErrorCodes.ContentModified,
        types.LSPErrorCodes.ServerCancelled,
        types.LSPErrorCodes.RequestFailed,
    )
)
"""Answers that say no, as somebody who types fast gets many: nothing failed, and nothing is logged."""


class Protocol(LanguageServerProtocol):
    """pygls's protocol, less its text store, plus an answer for garbage."""

    _started = False

    def _register_builtin_features(self) -> None:
        super()._register_builtin_features()  # type: ignore[no-untyped-call]  # it has no annotations
        for method in OURS:
            self.fm.builtin_features.pop(method, None)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        general = params.capabilities.general
        if general is not None and general.position_encodings:
            # pygls takes the first that it knows: leave it no choice but ours.
            offered = [str(getattr(kind, "value", kind)) for kind in general.position_encodings]
            general.position_encodings = [types.PositionEncodingKind(position_unit(offered))]
        result = yield from super().lsp_initialize(params)
        self._started = True
        return result

    def _send_handler_result(self, future: Future[Any], *, msg_id: str | int) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, JsonRpcException) and error.code in DECLINED:
            self._request_futures.pop(msg_id, None)
            self._send_response(msg_id, error=error.to_response_error())
        else:
            super()._send_handler_result(future, msg_id=msg_id)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Make a message of a JSON object. One that cannot be read is answered here, and None comes back."""
        try:
            return super().structure_message(data)
        except JsonRpcException:
            method, identity = data.get("method"), data.get("id")
            logger.warning("unreadable message: %r", method)
            if method is not None:
                self._refuse(identity, types.ErrorCodes.InvalidParams, f"{method}: the parameters could not be read")
            return None

    def handle_message(self, message: Any) -> None:
        """Hand a message on, if it is one and the session is where such a message is allowed."""
        if getattr(message, "jsonrpc", None) != self.VERSION:
            if message is not None:
                logger.warning("not a JSON-RPC 2.0 message: ignored")
            return
        method = getattr(message, "method", None)
        if self._shutdown and method not in (None, types.EXIT):
            self._refuse(getattr(message, "id", None), types.ErrorCodes.InvalidRequest, "the server is shutting down")
            return
        if self._started and method == types.INITIALIZE:
            self._refuse(getattr(message, "id", None), types.ErrorCodes.InvalidRequest, "initialize was asked before")
            return
        if not self._started and method not in (None, types.INITIALIZE, types.EXIT):
            code = types.ErrorCodes.ServerNotInitialized
            self._refuse(getattr(message, "id", None), code, f"{method} before initialize")
            return
        super().handle_message(message)

    def _refuse(self, identity: object, code: types.ErrorCodes, message: str) -> None:
        if isinstance(identity, (str, int)):
            self._send_response(identity, error=types.ResponseError(code=code.value, message=message))
