"""Plans and their estimates on simulated provinces, whose true problems are known. Nothing else may read them."""
