"""Text tools that several stages share: normalisation, sentences, words, language, facts, token counts."""
