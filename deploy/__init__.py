"""What puts the system into production: image, compose file, chart, and as code its rules and dashboards."""
