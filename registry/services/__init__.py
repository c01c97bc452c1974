"""Changes to what is registered: each one function, one transaction, one ledger entry."""
