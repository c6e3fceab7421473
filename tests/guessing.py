"""Hypothesis on machines that are shared with others: no example has a deadline."""

from hypothesis import HealthCheck, settings

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
