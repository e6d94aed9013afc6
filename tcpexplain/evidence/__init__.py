"""What causes are made of: their page and case, the questions that several ask, words."""
