"""The control process: OSC controllers, the client of synthesis, terminal, session."""
