"""Skills, occupations and certificates: the taxonomy, and what people type for it."""
