"""From sources to documents and chunks: reads, parses, cleans and cuts."""
