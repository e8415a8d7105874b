"""config.yaml and the rule files it names → a checked project."""
