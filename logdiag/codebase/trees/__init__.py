"""Source files as syntax trees: what their names stand for, whatever is asked of them."""
