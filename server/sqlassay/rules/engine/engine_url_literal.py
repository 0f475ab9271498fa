from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.fixes.ops import AddImport, Fix, Replace
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.engine.addresses import given, is_elsewhere
from sqlassay.rules.engine.pools import SERVERS
from sqlassay.semantics.events import EngineCreated, SettingGiven
from sqlassay.syntax import nodes as n

_VARIABLE = 'os.environ["DATABASE_URL"]'


@rule("ALC104", "engine-url-literal", severity=Severity.HINT, presets=(), fix="unsafe")
class EngineUrlLiteral(Rule):
    """The address of a database server stands in the code.

    ## Why
    The same code runs on a laptop, in a test and in production, against another database each time. An address in the
    code has to be edited for each of them, and one day a test writes to production. The twelve-factor app keeps it in
    the environment. This is advice on style, and off by default.

    A password in the URL is another matter: `engine-hardcoded-credentials` speaks of it.

    ## Example
    ```python
    from sqlalchemy import create_engine

    engine = create_engine("postgresql+psycopg://db.internal/shop")
    ```

    ## Use instead
    ```python
    import os

    from sqlalchemy import create_engine

    engine = create_engine(os.environ["DATABASE_URL"])
    ```

    ## Fix safety
    The fix reads `DATABASE_URL` from the environment. It is unsafe: the variable has to be set wherever the code runs.
    It is offered where the URL stands in the call itself.

    ## What it cannot see
    Only URLs that are wholly in the code count. Left alone are databases on this machine (`localhost`), SQLite, hosts
    reserved for examples, the default of `os.getenv`, and tests.

    ## References
    - [The twelve-factor app: config](https://12factor.net/config)
    - [Database URLs](https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls)
    """

    def engine_created(self, created: EngineCreated) -> Iterator[Hit]:
        """`create_engine` and `create_async_engine`."""
        yield from self._hits(created, created.url_node)

    def setting_given(self, setting: SettingGiven) -> Iterator[Hit]:
        """A setting that holds a database's URL."""
        yield from self._hits(setting, setting.value_node)

    def _hits(self, event: EngineCreated | SettingGiven, node: n.Expr | None) -> Iterator[Hit]:
        found = given(event)
        if found is None or found.node is not node or event.world.is_test(event.path):
            return
        url = found.url
        if not url.literal or url.password or url.dialect not in SERVERS or not is_elsewhere(url):
            return
        place = event.at(node)
        fix = Fix(f"Use `{_VARIABLE}`", False, (Replace(place, _VARIABLE), AddImport(place, "os")))
        yield Hit(
            place,
            f"The address of the database (`{url.host}`) stands in the code: every other place that runs it must edit "
            f"it. Read it from the environment: `{_VARIABLE}`.",
            fix=fix if isinstance(node, n.Constant) else None,
        )
