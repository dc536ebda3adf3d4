"""Signal catalogs: one YAML file a signal, checked before it is believed."""
