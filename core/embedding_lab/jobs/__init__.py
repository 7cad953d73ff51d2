"""Long work: jobs, their events, cancellation, records and resumption."""
