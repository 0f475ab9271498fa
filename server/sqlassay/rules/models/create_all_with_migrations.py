from __future__ import annotations

from collections.abc import Iterator

from sqlassay.facts.collect import walk
from sqlassay.findings import Severity
from sqlassay.rules.base import Hit, Rule, rule
from sqlassay.rules.models.columns import is_migration
from sqlassay.semantics.events import TablesCreated
from sqlassay.semantics.frame import Frame
from sqlassay.semantics.world import World
from sqlassay.syntax import nodes as n

_KNOWS = frozenset(("stamp", "upgrade", "drop_all", "stamp_revision", "_stamp"))
"""What a function calls that brings migrations and tables together itself, or begins with nothing."""


@rule("ALC355", "create-all-with-migrations", severity=Severity.INFO, presets=(), opt_in=True)
class CreateAllWithMigrations(Rule):
    """`metadata.create_all()` in a project that has Alembic migrations: tables come to be that no migration knows.

    ## Why
    `create_all` makes every table that is missing, as the models are today, and never changes one that is there. Where
    migrations exist as well, a new table is made by whichever runs first: after `create_all` the migration that creates
    it fails ("table already exists"), autogenerate finds nothing to do, and a database that was made by `create_all`
    has no version. Projects that make new databases so and stamp them with the newest revision know what they do: the
    rule is opt-in.

    ## Example
    `migrations/versions/0001_items.py`:

    ```python
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade():
        op.create_table("items", sa.Column("id", sa.Integer, primary_key=True))


    def downgrade():
        op.drop_table("items")
    ```

    `main.py`:

    ```python
    from sqlalchemy import create_engine
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass


    engine = create_engine("sqlite:///shop.db")
    Base.metadata.create_all(engine)
    ```

    ## Use instead
    `migrations/versions/0001_items.py`:

    ```python
    import sqlalchemy as sa
    from alembic import op

    revision = "0001"
    down_revision = None


    def upgrade():
        op.create_table("items", sa.Column("id", sa.Integer, primary_key=True))


    def downgrade():
        op.drop_table("items")
    ```

    `main.py`:

    ```python
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.orm import DeclarativeBase


    class Base(DeclarativeBase):
        pass


    engine = create_engine("sqlite:///shop.db")
    command.upgrade(Config("alembic.ini"), "head")
    ```

    ## Fix safety
    There is no automatic fix: where migrations are run is a matter of deployment.

    ## What it cannot see
    Which database the tables are made in: one that migrations never see (a cache, SQLite in memory) is right. Tests,
    revisions and `env.py`, calls with `tables=`, and functions that also stamp, upgrade or drop all tables are left
    alone. A stamp in the calling function is not seen.

    ## References
    - [Building an up to date database from scratch](https://alembic.sqlalchemy.org/en/latest/cookbook.html#building-an-up-to-date-database-from-scratch)
    - [Creating and dropping database tables](https://docs.sqlalchemy.org/en/20/core/metadata.html#creating-and-dropping-database-tables)
    """

    def tables_created(self, created: TablesCreated) -> Iterator[Hit]:
        """All tables are made outside tests and migrations, in a project that has migrations."""
        world, path = created.world, created.path
        if "tables" in created.keywords or len(created.args) > 1 or world.is_test(path):
            return
        if path.endswith("env.py") or is_migration(world, path) or _knows(created.frame) or not _migrates(world):
            return
        yield Hit(
            created.at(created.call),
            "`create_all` makes tables that no migration knows of, and the migration that creates them fails on such a "
            "database. Run `alembic upgrade head` instead, or stamp the new database.",
        )


def _knows(frame: Frame) -> bool:
    """Whether the function around does something about the migrations itself."""
    function = frame.function
    if function is None:
        return False
    calls = (each.func for each in walk(function) if isinstance(each, n.Call))
    return any((isinstance(each, n.Attribute) and each.attr in _KNOWS) or _named(each) for each in calls)


def _named(func: n.Expr) -> bool:
    return isinstance(func, n.Name) and any(each in func.id for each in _KNOWS)


def _migrates(world: World) -> bool:
    """Whether some file of the project is a revision of Alembic's."""
    found: bool = world.memo.cut(
        ("migrates",), lambda: any(is_migration(world, each) and not world.is_test(each) for each in world.paths), False
    )
    return found
