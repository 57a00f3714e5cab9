"""Asking again."""

ADA, GRACE = "ada@example.org", "grace@example.com"
