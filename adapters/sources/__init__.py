"""Lists and reference data, read as text exactly as it stands; the engine gives it types."""
