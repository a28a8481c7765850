"""Lists of the sanctioned: OFAC, the United Nations, the United Kingdom."""
