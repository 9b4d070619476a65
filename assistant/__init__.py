"""Ask your own documents: answers quoted from them, each sentence with a citation that opens the source."""
