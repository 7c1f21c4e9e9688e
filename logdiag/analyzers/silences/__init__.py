"""Who fell silent: beats of a process that stay away, pauses, services that stopped."""
