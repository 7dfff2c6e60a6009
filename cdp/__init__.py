"""The house: disk, keys, network and requests around the pure rooms."""
