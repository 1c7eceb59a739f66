"""Play page: the HTML, JavaScript modules and styles that a browser loads from the instrument."""
