"""The instrument: cases in, figures with intervals out, runs compared, floors kept."""
