"""Who is who, for many records at once: arrays in, arrays out, the same rules for every source."""
