"""How sources speak: connectors turn a silo into messages; they know nothing of who is who."""
