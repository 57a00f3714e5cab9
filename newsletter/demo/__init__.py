"""The whole service on one machine, with a mailbox, for as long as somebody wants to look at it.

It stands outside the service: it starts its processes as an operator would, and talks to them as everybody does.
"""
