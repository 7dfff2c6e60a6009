"""The routes under /v1, one file per subject; `schemas` is their wire form."""
