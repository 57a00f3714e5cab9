"""What acts are called in a proof. The sentences stand in `templates/sentences.txt`, too."""

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
