"""One script for each group of fitted constants.

| script | constants |
| --- | --- |
| `retrieval` | `retrieve.lexical_weight`, those of `retrieve/search.py`, `retrieve/fusion.py` and `ask.py` |
| `ranking` | the weights of `answer/sentence_ranking.py` |
| `alignment` | `models/aligner.py` and what it counts for in `answer/sentence_ranking.py` |
| `confidence` | the regressions of `answer/confidence.py` |
| `follow_ups` | `retrieve/follow_up.py` |
| `verifier` | the regressions and thresholds of `verify/verifier.py` and `verify/quotes.py` |
| `extraction` | `ingest/formats/html/html_page.py` |
| `accents` | `text/vietnamese/accents.py` |

Each prints a table of the tried values. A script proposes and changes nothing: the constants are edited by hand, and
the change is measured with `assistant eval` as any other.
"""
