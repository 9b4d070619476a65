"""Spreadsheets: CSV and Excel (XLSX), read as tables whose rows name their columns."""
