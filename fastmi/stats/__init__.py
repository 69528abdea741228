"""What of a map is real: significance, bias, errors, corrections and differences."""
