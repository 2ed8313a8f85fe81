"""Commands for whoever runs Askwell: settings, first setup, backups."""
