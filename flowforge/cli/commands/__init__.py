"""One file a command; each has a module-level `command`, which `flowforge.cli.LazyGroup` finds by the file's name."""
