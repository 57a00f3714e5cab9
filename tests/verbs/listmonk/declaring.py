"""How a connector to listmonk is declared."""

DECLARED = """
[listmonk]
kind = "listmonk"
newsletter = "nyhedsbrev"
url = "{url}"
user = "newsletter"
list = 3
"""
