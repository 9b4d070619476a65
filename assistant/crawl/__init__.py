"""The web as a source: pages are fetched politely and safely, and kept between builds."""
