"""Facts about text that several stages share: sentences, folded words, language, token counts."""
