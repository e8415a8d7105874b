"""TM Forum services asked over HTTP, key by key."""
