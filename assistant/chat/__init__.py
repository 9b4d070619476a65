"""The web chat, a Gradio page."""
