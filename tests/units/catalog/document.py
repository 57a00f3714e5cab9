"""The example's catalogue, and what is wrong with an edited one."""

SOUND = """\
[controller]
name = "Acme a/s"
address = "1 Main Street, 1000 Town, Denmark"
email = "post@acme.example"
phone = "+45 00 00 00 00"
registration = "CVR 00000000"
website = "https://acme.example"
data_protection = "privacy@acme.example"
authorities = { en = "Datatilsynet", da = "Datatilsynet" }

[[controller.recipients]]
name = "Tool"
tasks = { en = "Sends the newsletter", da = "Udsender nyhedsbrevet" }
country = "DK"

[newsletters.news]
languages = ["en", "da"]
names = { en = "News", da = "Nyt" }
link_validity = "7 days"
origins = ["https://acme.example"]

[newsletters.news.sender]
name = "Acme"
address = "news@acme.example"

[newsletters.news.privacy]
version = "1"
urls = { en = "https://acme.example/privacy", da = "https://acme.example/privat" }

[newsletters.news.redirects]
confirmed = "https://acme.example/thanks"

[newsletters.news.limits]
"https://acme.example" = "200/hour"

[newsletters.news.colours]
accent = "#0062a3"

[newsletters.news.retention]
proof_months = 24

[[newsletters.news.topics]]
id = "products"
names = { en = "Products", da = "Produkter" }

[[newsletters.news.topics]]
id = "events"
names = { en = "Events", da = "Arrangementer" }

[[newsletters.news.fields]]
name = "first_name"
labels = { en = "First name", da = "Fornavn" }

[[newsletters.news.purposes]]
id = "newsletter"
required = true
names = { en = "Newsletter", da = "Nyhedsbrev" }
[newsletters.news.purposes.wordings]
en = "Acme a/s may e-mail me news about anvils. I can withdraw this at any time."
da = "Acme a/s må sende mig nyt om ambolte på e-mail. Jeg kan altid trække det tilbage."

[[newsletters.news.purposes]]
id = "tracking"
names = { en = "Tracking", da = "Sporing" }
[newsletters.news.purposes.wordings]
en = '''
Acme a/s may see which links in its e-mail I click.
I can withdraw this at any time.'''
da = "Acme a/s må se, hvilke links i dets e-mail jeg klikker på. Det kan tilbagekaldes."
"""


def changed(old: str, new: str) -> tuple[str, int]:
    """The sound catalogue with one thing changed, and the line of that change."""
    assert SOUND.count(old) == 1, old
    return SOUND.replace(old, new), SOUND[: SOUND.index(old)].count("\n") + 1
