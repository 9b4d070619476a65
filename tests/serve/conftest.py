"""Settings of the property tests here."""

from __future__ import annotations

from hypothesis import settings

# A shared machine is slow at times; how long an example takes says nothing about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
