"""What gives a row its log-odds and says which indicator added what: `predictor` has what every one can do."""
