"""Whether a quote says no to what a claim says yes to, or the other way round."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assistant.records import Vectors
from assistant.text.facts.extraction import Facts
from assistant.text.facts.lexicon import CONJUNCTIONS
from assistant.text.facts.names import words_of
from assistant.text.facts.polarity import denials, is_negative, negations, opposite
from assistant.verify.quotes import Claim, Quote

# Where one clause ends and another begins.
_PAUSE = re.compile(rf"[,;:()–…]|[.!?](?=\s|$)|\b(?:{CONJUNCTIONS})\b")
# Chosen by hand: the least words of a clause with a meaning of its own.
_CLAUSE = 5
# Chosen by hand: the number of words that a negation reaches, and the least letters of a content word among them.
_SCOPE, _TELLING = 4, 4


def denied(claim: Claim, quote: Quote, embed: Callable[[Sequence[str]], Vectors]) -> str | None:
    """The word by which one of them says no where the other says yes, None where they agree.

    What the claim denies must be denied by the clause of the quote that is nearest to it. What the quote denies
    speaks against a claim that denies nothing when the denying clause is the nearest to it.
    """
    own, other = claim.language, quote.language
    said, heard = claim.facts.text, quote.facts.text
    if mine := negations(said, own):
        part = "; ".join(clause for clause in _clauses(said) if negations(clause, own))
        if not is_negative(heard, other) or not is_negative(_nearest(part, own, heard, other, embed), other):
            return said[slice(*mine[0])]
    elif not is_negative(said, own) and (theirs := denials(heard, other)):
        meant = own != other or any(_speaks_of(claim.facts, quote.facts, end) for _, end in theirs)
        if meant and denials(_nearest(said, own, heard, other, embed), other):
            return heard[slice(*theirs[0])]
    return opposite(said, own, heard, other)


def _nearest(
    text: str, language: str, other: str, other_language: str, embed: Callable[[Sequence[str]], Vectors]
) -> str:
    """The clause of `other` that says most of what `text` says: by words, and across languages by meaning (in one
    language a "not" in both would count too much)."""
    clauses = _clauses(other)
    if language == other_language:
        wanted = {word.sound for word in words_of(text)}
        return max(clauses, key=lambda clause: len(wanted & {word.sound for word in words_of(clause)}))
    vectors = embed([text, *clauses])
    return clauses[int((vectors[1:] @ vectors[0]).argmax())]


def _speaks_of(facts: Facts, others: Facts, place: int) -> bool:
    """Whether a text with `facts` has half of the words that follow the denial at `place` of the text with `others`."""
    scope = [word for word in others.words if word.start >= place and len(word.sound) >= _TELLING][:_SCOPE]
    return 2 * sum(any(word.same(own) for own in facts.words) for word in scope) >= len(scope)


def _clauses(text: str) -> list[str]:
    """What stands between pauses, a few words together with what follows them."""
    clauses = [""]
    for part in _PAUSE.split(text):
        clauses[-1] += part
        if len(clauses[-1].split()) >= _CLAUSE:
            clauses.append("")
    return [clause for clause in clauses if clause.strip()]
