"""Text that becomes SQL."""
