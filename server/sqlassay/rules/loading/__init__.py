"""Rules on what a query loads and what reading it loads again."""
