"""The web as agents meet it: `access.py` says where they may look and who searches, `fetch.py` gets a page, `html_text.py`
reads a page, `search.py` asks whoever searches."""
