from __future__ import annotations

from collections.abc import Iterator

from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.engine.addresses import given, is_elsewhere, is_secret
from sqlassay.semantics.events import EngineCreated, SettingGiven


@rule("ALC103", "engine-hardcoded-credentials", severity=Severity.WARNING)
class EngineHardcodedCredentials(Rule):
    """The password of a database stands in the code.

    ## Why
    Whoever can read the code, its history, a container image or a stack trace can log in to the database; and nobody
    can change the password without a release. [CWE-798](https://cwe.mitre.org/data/definitions/798.html) describes
    it; Sonar (S2115, S6698) and secret scanners report it as well. Read the URL from the environment, a secret store or
    a settings object that does.

    ## Example
    ```python
    from sqlalchemy import create_engine

    engine = create_engine("postgresql+psycopg://shop:s3cret@db.internal/shop")
    ```

    ## Use instead
    ```python
    import os

    from sqlalchemy import create_engine

    engine = create_engine(os.environ["DATABASE_URL"])
    ```

    ## Fix safety
    There is no fix: the password has to be changed, and to be kept somewhere else first.

    ## What it cannot see
    It looks at the URLs of engines (constants and `os.getenv(name, default)` included), `URL.create(password=...)` and
    `SQLALCHEMY_DATABASE_URI`; not at other settings, nor at `alembic.ini`. Left alone are what stands for a password
    without being one (`password`, `changeme`, `<secret>`, `***`, the user's own name), databases on this machine
    (`localhost`), hosts reserved for examples, and tests.

    ## References
    - [CWE-798: use of hard-coded credentials](https://cwe.mitre.org/data/definitions/798.html)
    - [Database URLs](https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls)
    """

    def engine_created(self, created: EngineCreated) -> Iterator[Hit]:
        """`create_engine`, `create_async_engine` and `URL.create`."""
        yield from self._hits(created)

    def setting_given(self, setting: SettingGiven) -> Iterator[Hit]:
        """A setting that holds a database's URL."""
        yield from self._hits(setting)

    def _hits(self, event: EngineCreated | SettingGiven) -> Iterator[Hit]:
        found = given(event)
        if found is None or not is_elsewhere(found.url) or not is_secret(found.url.user, found.url.password):
            return
        if not event.world.is_test(event.path):
            yield Hit(
                event.at(found.node),
                "The password of this database stands in the code: everyone who can read the code can log in. "
                'Read the URL from the environment (`os.environ["DATABASE_URL"]`), and change the password.',
            )
