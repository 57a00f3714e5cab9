"""What comes back from those who were mailed: bounces, complaints and withdrawals, by report and by mail."""

from newsletter.feedback.inbound import Fate, receive
from newsletter.feedback.probe import send_probe
from newsletter.feedback.reports import Outcome, Reason, Report, ReportKind, Result, take

__all__ = ["Fate", "Outcome", "Reason", "Report", "ReportKind", "Result", "receive", "send_probe", "take"]
