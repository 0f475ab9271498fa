"""The command line: `check`, `fix`, `rule`, `config`, `server`. It translates; the linter analyses."""
