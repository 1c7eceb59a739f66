"""The input: its device's process, and the process that analyses what is heard."""
