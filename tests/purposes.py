"""A consent that the example's catalogue does not ask for."""

PROFILING = """
[[newsletters.SLUG.purposes]]
id = "profiling"
names = { da = "Profil", de = "Profil", en = "Profile" }

[newsletters.SLUG.purposes.wordings]
da = "Ja, Konica Minolta Business Solutions Denmark a/s må bruge min e-mail til en profil, til jeg trækker det tilbage."
de = "Ja, Konica Minolta Business Solutions Denmark a/s darf meine E-Mail für ein Profil nutzen, bis zum Widerruf."
en = "Yes, Konica Minolta Business Solutions Denmark a/s may use my e-mail for a profile. I can withdraw my consent."
"""


def profiling(slug: str) -> str:
    """What to add to the catalogue, so that this newsletter asks for it."""
    return PROFILING.replace("SLUG", slug)
