"""The web as a source: fetches pages within the limits that sites and users set, and caches them between builds."""
