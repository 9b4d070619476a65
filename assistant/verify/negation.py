"""Finds contradictions by negation: a quote denies what a claim says, or the other way round."""

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


def contradicting_word(claim: Claim, quote: Quote, embed: Callable[[Sequence[str]], Vectors]) -> str | None:
    """Return the word by which claim and quote contradict each other; None if they agree.

    If the claim has a negation, the clause of the quote that is nearest to it must have one too. If only the quote
    has a negation, it contradicts the claim when its clause is the nearest to the claim. `embed` returns unit vectors,
    shape (n, dimension).
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
    """Return the clause of `other` that is nearest to `text`: by shared words in one language, else by embeddings.

    Within one language the embeddings are not used, because a "not" in both texts would count too much.
    """
    clauses = _clauses(other)
    if language == other_language:
        wanted = {word.sound for word in words_of(text)}
        return max(clauses, key=lambda clause: len(wanted & {word.sound for word in words_of(clause)}))
    vectors = embed([text, *clauses])
    return clauses[int((vectors[1:] @ vectors[0]).argmax())]


def _speaks_of(facts: Facts, others: Facts, place: int) -> bool:
    """Return whether `facts` have half of the content words that follow the negation at `place` in `others`."""
    scope = [word for word in others.words if word.start >= place and len(word.sound) >= _TELLING][:_SCOPE]
    return 2 * sum(any(word.same(own) for own in facts.words) for word in scope) >= len(scope)


def _clauses(text: str) -> list[str]:
    """Split `text` at pauses; a clause of too few words is joined with the next one."""
    clauses = [""]
    for part in _PAUSE.split(text):
        clauses[-1] += part
        if len(clauses[-1].split()) >= _CLAUSE:
            clauses.append("")
    return [clause for clause in clauses if clause.strip()]
