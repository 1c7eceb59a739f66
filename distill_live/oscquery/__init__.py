"""OSCQuery: the namespace as JSON over HTTP, values over WebSockets, on one port; and its news."""
