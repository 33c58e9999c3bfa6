"""Who may contact whom, when: consents, caps, quiet hours, reservations. Pure."""
