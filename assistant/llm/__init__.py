"""A client of language model servers that speak OpenAI's protocol."""
