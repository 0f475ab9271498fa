"""Rules on transactions: what a failed one leaves behind."""
