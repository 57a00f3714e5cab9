"""The floor of sending: Flask-Mail over one kept connection, text and HTML, a token in the link.

python -m bench.floor.mail PORT LETTERS
"""

import sys

from flask import Flask
from flask_mail import Mail, Message
from itsdangerous import URLSafeTimedSerializer

LINK = "https://news.example.org/confirm/"
TEXT = "Hello,\n\nplease confirm your subscription to Example News:\n\n{link}\n\nIf it was not you, ignore this mail.\n"
HTML = (
    "<!doctype html><html lang=en><body><p>Hello,</p><p>please confirm your subscription to Example News:</p>"
    "<p><a href='{link}'>Confirm</a></p><p>If it was not you, ignore this mail.</p></body></html>"
)
tokens = URLSafeTimedSerializer("the floor's secret", salt="confirm")


def message(n: int) -> Message:
    link = LINK + tokens.dumps(n)
    return Message(
        "Please confirm your subscription",
        recipients=[f"user{n}@example.org"],
        body=TEXT.format(link=link),
        html=HTML.format(link=link),
        sender=("Example News", "news@example.org"),
        extra_headers={"List-Unsubscribe": f"<{LINK}{n}>"},
    )


def main(port: int, letters: int) -> None:
    app = Flask("mail")
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port)
    mail = Mail(app)
    with app.app_context(), mail.connect() as connection:
        for n in range(letters):
            connection.send(message(n))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
