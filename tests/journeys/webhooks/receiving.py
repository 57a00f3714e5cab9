"""What a receiver of pushes gets."""

ADA, GRACE = "ada@example.org", "grace@example.org"
