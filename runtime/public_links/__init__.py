"""Forms that are open to people without an account: a link for a published form, and the answers that come through it.

`settings.py` what can be said of a link · `place.py` the form it is for · `offer.py` what of a form may be public, and
what is wrong with a link now · `tables.py` its tables of rows ·
`store.py` links in the database · `visitor.py` who a visitor is · `answering.py` one answer · `names.py` for the history
"""

from __future__ import annotations
