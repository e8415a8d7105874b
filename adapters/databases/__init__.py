"""Connections to databases, for sources, lists and outputs alike."""
