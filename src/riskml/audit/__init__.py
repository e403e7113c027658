"""The logs that an outsider can check: Merkle trees over the lines of the ledger and over those of who read what."""
