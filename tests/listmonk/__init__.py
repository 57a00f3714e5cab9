"""A listmonk that refuses what the real one refuses."""

from tests.listmonk.running import Listmonk

__all__ = ["Listmonk"]
