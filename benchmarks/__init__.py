"""What `make bench` measures, each as a ratio or against a baseline in the same run."""
