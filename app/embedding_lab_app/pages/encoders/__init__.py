"""The Encoders page: what each encoder is, adding one, trying one."""
