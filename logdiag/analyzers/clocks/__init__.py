"""Which clock the disconnects obey, if any."""
