"""Words that mean something to SQLAlchemy in one argument, and what they do at the database."""

from __future__ import annotations

LAZY = {
    "select": "Loaded when first read: one SELECT for each object, unless the related rows are in the session already.",
    "selectin": "Loaded with its owners: one more SELECT for all of them, by their keys in an `IN` (500 at a time).",
    "joined": "Loaded in the same SELECT, through a LEFT OUTER JOIN (`innerjoin=True`: a JOIN).",
    "subquery": "Loaded with its owners: one more SELECT, which runs the first query again inside.",
    "immediate": "Loaded as soon as its owner is: one SELECT for each object.",
    "raise": "Never loaded by reading it: a read raises, unless the query loaded it.",
    "raise_on_sql": "A read that would emit SQL raises; what the session holds already is found by primary key.",
    "noload": "Never loaded: a read gives nothing, whatever the database holds. `raise` says so.",
    "dynamic": "Reading gives a query: rows are fetched when it is iterated, each time anew.",
    "write_only": "Never loaded: rows are added, removed and selected by `obj.attr.select()`. For large collections.",
}

CASCADE = {
    "save-update": "What is related is added to the session with its owner. On by default.",
    "merge": "`session.merge()` goes on to what is related. On by default.",
    "delete": "Deleting the owner deletes what is related, which is loaded for it unless `passive_deletes` is set.",
    "delete-orphan": "What is taken out of the collection is deleted. Needs `delete`, on the one side.",
    "expunge": "Expunging the owner expunges what is related.",
    "refresh-expire": "Refreshing or expiring the owner does so to what is related.",
    "all": "save-update, merge, refresh-expire, expunge and delete. `delete-orphan` is not in it.",
    "all, delete-orphan": "What is related lives and dies with its owner.",
    "none": "None of them, not even the default ones.",
}

ONDELETE = {
    "CASCADE": "The database deletes (or updates) the rows that refer.",
    "SET NULL": "The database sets the column to NULL in the rows that refer: it must be nullable.",
    "RESTRICT": "The database refuses while rows refer, at once.",
    "NO ACTION": "The database refuses while rows refer, at the end of the statement. What happens without this.",
    "SET DEFAULT": "The database sets the column to its default in the rows that refer. Not in MySQL's InnoDB.",
}

WORDS: dict[str, dict[str, str]] = {"lazy": LAZY, "cascade": CASCADE, "ondelete": ONDELETE}
"""By the role of the string: word to what it does."""
