"""What must hold for whatever people do, found by doing a lot at random."""
