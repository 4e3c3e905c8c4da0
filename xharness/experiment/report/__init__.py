"""The report of an experiment: how much of its clean score each row keeps under noise, compared with the baseline."""
