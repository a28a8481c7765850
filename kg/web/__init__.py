"""The graph over HTTP: a SPARQL endpoint, and what else ``kg serve`` answers.

``app.application`` puts the routes together, ``live`` holds what is served, and
``work`` keeps what takes long away from the event loop. Nothing here is imported
before a server is wanted.
"""
