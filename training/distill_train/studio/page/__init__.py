"""Pages of the studio: the HTML, JavaScript modules and styles that a browser loads from it."""
