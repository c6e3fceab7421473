"""Recording, opening what was recorded, and what is made of it."""
