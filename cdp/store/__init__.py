"""The store: the only SQL, the three databases, and the protocol that keeps them true."""
