"""OpenDocument files of LibreOffice and others."""
