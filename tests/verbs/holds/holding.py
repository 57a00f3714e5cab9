"""Who disputes a sign-up, and what staff say of it."""

ADA = "ada.lovelace@example.org"
GRACE = "grace@example.com"
WHY = ("--reason", "says it was not her", "--actor", "grace")
