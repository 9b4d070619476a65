"""Images and pictures of pages: straightened, cleaned, and their words recognised by Tesseract."""
