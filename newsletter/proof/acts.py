"""What acts, and the facts of each, are called in a proof. The sentences stand in `templates/sentences.txt`, too."""

ACTS = {
    "signed_up": "Signed up",
    "letter_sent": "Letter accepted by the mail server",
    "confirmed": "Confirmed",
    "unsubscribed": "Unsubscribed",
    "cancelled": "Said: “This was not me”",
    "complained": "Complained of a newsletter",
    "suspended": "Address suspended after mail came back",
    "rectified": "Data corrected",
    "granted": "Consent granted",
    "withdrawn": "Consent withdrawn",
    "restricted": "Processing restricted",
    "lifted": "Restriction lifted",
    "address_changed": "Address changed",
    "erased": "Data erased",
    "suppression_lifted": "Suppression lifted",
}
"""What acts are called; one that somebody put there under another name stands under that."""
CHANNELS = {
    "one_click": "by one click in the mail program",
    "page": "on the unsubscribe page",
    "me": "on the person's own page",
    "manage": "by the link in a newsletter",
    "api": "by another system of the company",
    "staff": "by the company's staff",
    "mail": "by mail",
    "not_me": "as not wanted by the person",
    "suppression": "never to be written to again",
    "report": "by the tool that sends the newsletter",
    "retention": "because its time was over",
    "journal": "once more, after a backup was restored",
}
"""By which door an act came."""
NAMES = {
    "channel": "How",
    "method": "How",
    "asked_at": "Asked",
    "consents": "Consent",
    "granted": "Consent",
    "displayed": "Page displayed",
    "disputed": "Disputed",
    "ip": "IP address",
    "ip_network": "Network",
    "asked_ip": "IP address of the request",
    "address": "E-mail address",
    "previous_address": "Address until then",
    "typed": "Address as typed",
    "fields": "Fields",
    "language": "Language",
    "topics": "Topics",
    "privacy_version": "Privacy notice",
    "reply": "The mail server's answer",
    "reason": "Reason",
    "actor": "By",
}
"""What is known of an act; the rest stands under its name in the record."""
