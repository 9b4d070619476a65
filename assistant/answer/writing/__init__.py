"""The generative answerer: a model writes the answer, each sentence is checked against what it cites."""
