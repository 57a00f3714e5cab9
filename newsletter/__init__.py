"""A double-opt-in newsletter service: ask, confirm, leave, and prove it.

Protocols stand on the rim, capabilities in the middle, a small floor below; imports only point down:

    demo                                    the whole service on one machine, to look at
    app                                     the composition root
    pages  api  commands  ops               rim: people, machines, staff, operators
    refusals  visitor  letterbox            rim: errors as answers; who is asking; mail that comes in
    bodies  rendering  vitals               rim: what was posted; pages; what readiness looks at
    feed  privacy  feedback  proof          what the marketing tool gets; forgetting; what comes back; what can be shown
    selfservice                             fresh links: what people do for themselves
    signups                                 asked -> confirmed | cancelled | expired
    subscriptions                           the confirmed relation
    consent                                 evidence, chained and append-only
    journal                                 what must survive the database
    catalog  outbox  changes  guard  links  what exists, what waits, what happened, what is refused, what is signed
    access  jobs                            keys and who read what; when the worker's duties were last done
    mailboxes                               addresses that mail comes back to
    addresses  logs  keyring  languages     words everybody needs
    counts  metrics  one_statement          what is counted; writing all of one act in one statement
    entities  as_it_stands                  rows without a session; columns that somebody may have altered
    outgoing  targets                       requests of ours, and where they may go
    errors  db  ids  inlining  callers      the floor; the look of letters; how web processes bear with callers
    clock  config  engine  columns          the only clock, every setting, how databases are spoken to, what they hold
    memory  beside                          garbage, threads
"""
