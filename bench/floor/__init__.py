"""The floor: the least durable work that a correct double opt-in can do, as bare as Flask can be.

It has no limits, no consents, no evidence, no pages. It is what this service's figures are divided by.
"""
