"""What is looked at before a run: configuration, deliveries, records, the machine, and that nothing was altered."""
