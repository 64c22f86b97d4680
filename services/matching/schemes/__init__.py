"""Classifications of others, imported: ESCO, ISCO-08, O*NET, CSCO, and crosswalks."""
