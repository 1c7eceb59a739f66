"""Terminal: display, lines of text, the address as a QR code, the browser."""
