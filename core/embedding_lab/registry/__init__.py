"""Cards: what each research method is, does, takes and was measured to achieve."""
