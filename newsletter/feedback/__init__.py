"""What comes back from those who were mailed: bounces, complaints and withdrawals, by report and by mail."""

from newsletter.feedback.reports import Kind, Outcome, Reason, Report, Result, take

__all__ = ["Kind", "Outcome", "Reason", "Report", "Result", "take"]
