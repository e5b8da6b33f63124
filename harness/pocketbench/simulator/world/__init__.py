"""The phone's own world: a root folder that commands cannot leave, processes that end with it, sensors to read."""
