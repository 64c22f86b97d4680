"""What a service holds of persons: declared, exported and erased table by table."""
