"""The HTML that is served: records become what templates show, and templates become pages and bubbles."""
