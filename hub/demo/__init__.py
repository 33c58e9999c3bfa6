"""The demo network of dealers, with known truth; also the tests' factory."""

from hub.demo.network import DemoNetwork, generate, household_roles

__all__ = ["DemoNetwork", "generate", "household_roles"]
