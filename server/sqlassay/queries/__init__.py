"""What a person at an editor asks of the mapper graph: what stands here, where it is declared, what fits here."""
