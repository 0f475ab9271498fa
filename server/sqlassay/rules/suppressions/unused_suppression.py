from __future__ import annotations

from sqlassay.findings import Severity
from sqlassay.rules.base import Rule, rule


@rule("ALC001", "unused-suppression", severity=Severity.WARNING, fix="safe")
class UnusedSuppression(Rule):
    """A comment silences a rule where that rule has nothing to say.

    ## Why
    A finding was silenced, and then the code changed: the comment stayed. It tells readers of a danger that is not
    there, and it will silence the next finding of that rule on that line, which may be a true one. A slip in a rule's
    name shows in the same way: the comment silences nothing. Ruff recommends the same for its own comments
    ([unused-noqa](https://docs.astral.sh/ruff/rules/unused-noqa/)).

    `# sqlassay: ignore`, `# sqlassay: ignore[...]`, `# sqlassay: ignore-file[...]` and the codes of Sqlassay in
    `# noqa: ...` are looked at. A bare `# noqa` and the codes of other linters are theirs.

    ## Example
    ```python
    def total(prices: list[int]) -> int:
        return sum(prices)  # sqlassay: ignore
    ```

    ## Use instead
    ```python
    def total(prices: list[int]) -> int:
        return sum(prices)
    ```

    ## Fix safety
    Safe: the fix removes the comment, or the codes in it that silence nothing. What was written in the comment besides
    is kept where it stands in a comment of its own (`# noqa: ALC601  # as agreed`).

    ## What it cannot see
    Suppressions of rules that are off for the file: whether they would be of use, nobody asked. Neither is anything
    said in a statement that does not parse, and in a file in which a rule failed. A comment cannot silence this rule;
    `ignore` and `per-file-ignores` can.

    ## References
    - [unused-noqa of Ruff](https://docs.astral.sh/ruff/rules/unused-noqa/), which does the same for its own codes
    """
