"""The 2x2: churn risk against growth potential, two axes that are never added up."""

from streams.board.board import PointsBoard

__all__ = ["PointsBoard"]
