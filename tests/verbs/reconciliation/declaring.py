"""Connectors to compare."""

DECLARED = """
[listmonk]
kind = "listmonk"
newsletter = "nyhedsbrev"
url = "{url}"
user = "newsletter"
list = 3
"""
