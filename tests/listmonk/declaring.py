"""How a connector to listmonk is declared; and two, for two newsletters."""

DECLARED = """
[listmonk]
kind = "listmonk"
newsletter = "nyhedsbrev"
url = "{url}"
user = "newsletter"
list = 3
"""
BOTH = DECLARED + DECLARED.replace("[listmonk]", "[webshop]").replace("nyhedsbrev", "webshop").replace("= 3", "= 4")
