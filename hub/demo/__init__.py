"""The demo network of dealers, with known truth; also the tests' factory."""

from hub.demo.network import DemoNetwork, generate

__all__ = ["DemoNetwork", "generate"]
