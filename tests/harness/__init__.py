"""Runs the Markdown tests: rules (`tests/rules/**/*.md`), semantics (`tests/semantics/*.md`) and rule pages.

`README.md` beside this file says what such a test may hold.
"""
