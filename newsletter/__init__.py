"""A double-opt-in newsletter service: ask, confirm, leave, and prove it.

Protocols stand on the rim, capabilities in the middle, a small floor below; imports only point down:

    app                                     the composition root
    pages  api  commands  ops               rim: people, machines, staff, operators
    refusals  visitor  letterbox            rim: errors as answers; who is asking; mail that comes in
    feed  privacy  feedback  proof          what the marketing tool gets; forgetting; what comes back; what can be shown
    selfservice                             fresh links: what people do for themselves
    signups                                 asked -> confirmed | cancelled | expired
    subscriptions                           the confirmed relation
    consent                                 evidence, chained and append-only
    journal                                 what must survive the database
    catalog outbox changes guard links      what exists, what waits, what happened, what is refused, what is signed
    access mailboxes                        keys and who read what; addresses that mail comes back to
    addresses logs keyring languages        words everybody needs
    at_once entities counts jobs metrics    writing in one statement, without a session; what is counted
    outgoing targets                        requests of ours, and where they may go
    errors db ids clock config              the floor
    memory callers                          how processes run
"""
