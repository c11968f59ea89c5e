"""What production finds on the internet, as the lab serves it: charts, Git, secrets."""
