"""One file a command. Commands import services; nothing imports them but ``services.__main__``."""
