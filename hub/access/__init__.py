"""Who may do what: passwords, second factors, lock-out, the chain of the audit log. Pure."""
