"""The models that run on this machine: encoders, reader, aligner."""
