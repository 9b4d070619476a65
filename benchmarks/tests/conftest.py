"""The fixtures of the tests of benchmarks."""

from __future__ import annotations

from testkit.fixtures import clean_environment as clean_environment
from testkit.fixtures import encoder as encoder
from testkit.fixtures import loopback_only as loopback_only
from testkit.fixtures import models as models
from testkit.fixtures import seed_report as seed_report
from testkit.fixtures import seed_settings as seed_settings
from testkit.markers import pytest_collection_modifyitems as pytest_collection_modifyitems
