"""What tests and benchmarks both need: sample documents, a scripted model server, the figures of the labelled
statements, fixtures, and the markers that fixtures set.

Tests never import benchmarks, and benchmarks never import tests, so that either can change without the other; what both
need is here. It is a folder at the top because it belongs to neither, and nothing of it is installed with the product.
"""
