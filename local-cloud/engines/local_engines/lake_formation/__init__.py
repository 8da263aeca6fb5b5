"""AWS Lake Formation: LF-tags, grants, locations in hybrid access mode, opt-ins, and what readers may see by them."""
