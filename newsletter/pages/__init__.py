"""What people see."""

from flask import Flask

from newsletter import bodies
from newsletter.pages import (
    cancellation,
    company,
    confirmation,
    embedding,
    fresh,
    inbox,
    manage,
    me,
    signup,
    unsubscription,
)

MODULES = (company, signup, embedding, inbox, confirmation, cancellation, unsubscription, manage, fresh, me)


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = bodies.LARGEST
    for module in MODULES:
        app.register_blueprint(module.blueprint)
