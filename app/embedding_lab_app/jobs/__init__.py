"""Running core jobs in threads of the window, and showing them."""
