"""What makes files of the project that are made once and kept."""
