"""OSCQuery: the address space as JSON over HTTP, OSC over WebSockets, zeroconf announcement."""
